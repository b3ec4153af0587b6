// Colours speech and *actions* in a reply that is still being written. Finished texts are marked by the server, which knows the
// same marks (botcafe/kit/markdown.py). Highlights change no node, so whoever selects words meanwhile keeps the selection.
const CAN = typeof Highlight === "function" && CSS.highlights;
// As on the server, but that the last one may still be open: it is on its way to its end.
const SPOKEN = /(?<!\w)"(?=\S)[^"\n]+(?:"|$)|“[^“”\n]+(?:”|$)|„[^„“”\n]+(?:[“”]|$)|«[^«»\n]+(?:»|$)|»[^«»\n]+«|‹[^‹›\n]+(?:›|$)|「[^「」\n]+(?:」|$)|『[^『』\n]+(?:』|$)|＂[^＂\n]+(?:＂|$)/g;
const ACTED = /(?<![\w*])\*(?=[^\s*])[^*\n]+(?:\*(?![\w*])|$)/g;
const KINDS = { speech: SPOKEN, action: ACTED };

function highlightOf(kind) {
  if (!CSS.highlights.has(kind)) CSS.highlights.set(kind, new Highlight());
  const highlight = CSS.highlights.get(kind);
  highlight.priority = kind === "speech" ? 1 : 0;
  return highlight;
}

export function createTint(body) {
  let tinted = new Map(); // text node -> its length when it was tinted, and its ranges

  function remove(node) {
    for (const { kind, range } of tinted.get(node)?.ranges ?? []) highlightOf(kind).delete(range);
    tinted.delete(node);
  }

  function tint(node) {
    remove(node);
    const ranges = [];
    for (const [kind, marks] of Object.entries(KINDS)) {
      for (const found of node.data.matchAll(marks)) {
        const range = new StaticRange({ startContainer: node, startOffset: found.index, endContainer: node, endOffset: found.index + found[0].length });
        highlightOf(kind).add(range);
        ranges.push({ kind, range });
      }
    }
    tinted.set(node, { length: node.length, ranges });
  }

  return {
    // What has grown or come anew since the last time.
    update() {
      if (!CAN) return;
      for (const node of tinted.keys()) if (!body.contains(node)) remove(node);
      for (const { firstChild: node } of body.querySelectorAll("p[data-plain]")) {
        if (node instanceof Text && tinted.get(node)?.length !== node.length) tint(node);
      }
    },
    clear() {
      for (const node of [...tinted.keys()]) remove(node);
    },
  };
}

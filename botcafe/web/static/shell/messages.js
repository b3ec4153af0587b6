// Texts in the language of the page: pages that are not English load a catalogue before any module (/messages.js).
export const gettext = globalThis.gettext ?? ((text) => text);
export const ngettext = globalThis.ngettext ?? ((one, many, count) => (count === 1 ? one : many));

// Puts values into a text: fill(gettext("%(done)s of %(total)s"), { done, total }).
export const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

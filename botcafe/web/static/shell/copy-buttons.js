// Small conveniences of one's own pages: copy what stands in a field or block, take over the time zone of this device.
const SECONDS = 3;

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const usual = button.dataset.usual ?? button.textContent;
  button.dataset.usual = usual;
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    source.select?.();
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => (button.textContent = usual), SECONDS * 1000);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

const here = document.querySelector("[data-device-time-zone]");
const zones = document.querySelector("select[name=time_zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (here && zones.value !== zone && [...zones.options].some((option) => option.value === zone)) {
  here.textContent = `This device says ${zone.replaceAll("_", " ")}`;
  here.hidden = false;
  here.addEventListener("click", () => {
    zones.value = zone;
    here.hidden = true;
  });
}

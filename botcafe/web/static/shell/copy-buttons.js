// Small conveniences of one's own pages: copy what stands in a field or block, take over the time zone of this device.
import { fill, gettext } from "./messages.js";

const RESET_SECONDS = 3;

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.dataset.usual ?? button.textContent;
  button.dataset.usual = label;
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = gettext("Copied");
  } catch {
    getSelection().selectAllChildren(source);
    source.select?.();
    button.textContent = gettext("Press Ctrl+C");
  }
  setTimeout(() => (button.textContent = label), RESET_SECONDS * 1000);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

const deviceZoneButton = document.querySelector("[data-device-time-zone]");
const zones = document.querySelector("select[name=time_zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (deviceZoneButton && zones.value !== zone && [...zones.options].some((option) => option.value === zone)) {
  deviceZoneButton.textContent = fill(gettext("This device says %(zone)s"), { zone: zone.replaceAll("_", " ") });
  deviceZoneButton.hidden = false;
  deviceZoneButton.addEventListener("click", () => {
    zones.value = zone;
    deviceZoneButton.hidden = true;
  });
}

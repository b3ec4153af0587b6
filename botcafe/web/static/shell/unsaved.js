// Whoever leaves a form with changes that were not saved is asked first.
const form = document.querySelector("form[data-unsaved]");
let isSent = false;

function isSelectChanged(select) {
  const options = Array.from(select.options);
  const usual = options.some((option) => option.defaultSelected) || select.multiple ? null : 0;
  return options.some((option, number) => option.selected !== (usual === null ? option.defaultSelected : number === usual));
}

function isChanged(control) {
  if (control.type === "file") return control.files.length > 0;
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control.tagName === "SELECT") return isSelectChanged(control);
  return (control.tagName === "TEXTAREA" || (control.tagName === "INPUT" && control.type !== "hidden")) && control.value !== control.defaultValue;
}

if (form) {
  // A form that came back with errors holds what was not saved, though nothing differs from what the server sent.
  const isRefused = form.querySelector(".error, .form-errors, .note-danger") !== null;
  form.addEventListener("submit", () => { isSent = true; });
  addEventListener("pageshow", () => { isSent = false; }); // come back to by the browser's own button
  addEventListener("beforeunload", (event) => {
    if (!isSent && (isRefused || Array.from(form.elements).some(isChanged))) event.preventDefault();
  });
}

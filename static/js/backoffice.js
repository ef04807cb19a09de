// A choice of time zones starts where the browser is, as long as nobody has chosen.
for (const select of document.querySelectorAll("select[data-here]")) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isUntouched = select.value === "UTC" && !document.querySelector("[aria-invalid], .problem");
  if (isUntouched && [...select.options].some((option) => option.value === here)) select.value = here;
}

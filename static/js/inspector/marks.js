// Controls whose problem is said below them are marked for assistive technology; the words come from the server.
export function mark(root = document) {
  for (const control of root.querySelectorAll("[aria-describedby^=err-]")) {
    const words = document.getElementById(control.getAttribute("aria-describedby"))?.textContent.trim();
    if (words) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
}

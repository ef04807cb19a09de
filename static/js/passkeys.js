// A passkey that did not work says so in the page, with what to do.
const isNumber = /^[\d.:[\]]+$/.test(location.hostname);
const WORDS = isNumber
  ? `Passkeys need a name in the address. Open Postsale by its name (on your own machine: localhost instead of ${location.hostname}).`
  : "Your device did not confirm it. Try again, or use another way to sign in.";

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-problem")?.remove();
  const said = document.createElement("p");
  said.id = "passkey-problem";
  said.className = "problem";
  said.setAttribute("role", "alert");
  said.textContent = WORDS;
  document.querySelector("main h1")?.after(said);
});

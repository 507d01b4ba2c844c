// Keys are the screen's as soon as it is connected, and again when somebody comes back to this window.
const take = () => document.querySelector(".xterm-helper-textarea")?.focus();
new MutationObserver((_, observer) => {
  if (!document.body.classList.contains("-loaded")) return;
  observer.disconnect();
  take();
  addEventListener("focus", take);
}).observe(document.body, { attributes: true });

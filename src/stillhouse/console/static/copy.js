// Buttons that copy the text of another element, and say so.
for (const button of document.querySelectorAll("button[data-copies]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copies);
    const text = from.value ?? from.textContent;
    try {
      await navigator.clipboard.writeText(text);
      const was = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => (button.textContent = was), 1600);
    } catch {
      // Not a secure context: select it, so that the reader's own keys copy it.
      getSelection().selectAllChildren(from);
    }
  });
}

/* An equation or a table that is wider than the page scrolls by itself; then the keyboard has to reach it too. */
(() => {
  const reach = () => {
    for (const part of document.querySelectorAll('mjx-container[display="true"], figure.tabular .output')) {
      part.toggleAttribute("tabindex", part.scrollWidth > part.clientWidth);
      if (part.hasAttribute("tabindex")) part.tabIndex = 0;
    }
  };
  addEventListener("load", () => Promise.resolve(window.MathJax?.startup?.promise).then(reach));
  addEventListener("resize", reach);
})();

/* An equation that is wider than the page scrolls by itself; then the keyboard has to reach it too. */
(() => {
  const reach = () => {
    for (const equation of document.querySelectorAll('mjx-container[display="true"]')) {
      equation.toggleAttribute("tabindex", equation.scrollWidth > equation.clientWidth);
      if (equation.hasAttribute("tabindex")) equation.tabIndex = 0;
    }
  };
  addEventListener("load", () => Promise.resolve(window.MathJax?.startup?.promise).then(reach));
  addEventListener("resize", reach);
})();

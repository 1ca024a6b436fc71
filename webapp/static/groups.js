/* Endings of a group can be dragged too: the same list as the buttons make, sent by the hidden form #arrange. */
"use strict";
(() => {
  function begin() {
    const list = document.querySelector("[data-sort]");
    if (!list || !window.Sortable || list.dataset.ready) return;
    list.dataset.ready = "1";
    window.Sortable.create(list, {
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      filter: ".order-steps",
      preventOnFilter: false,
      delay: 180,
      delayOnTouchOnly: true,
      onEnd: (event) => {
        if (event.oldIndex === event.newIndex) return;
        const form = document.getElementById("arrange");
        form.elements.ids.value = [...list.children].map((row) => row.dataset.id).join(",");
        form.requestSubmit();
      },
    });
  }
  document.addEventListener("htmx:after:swap", begin);
  begin();
})();

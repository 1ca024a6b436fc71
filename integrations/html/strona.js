/* Ramka mówi stronie, co się stało; o kliencie i cenie nie mówi nic. Numer proformy wystarczy, żeby podziękować. */
"use strict";
document.addEventListener("shop:completed", (event) => {
  const thanks = document.getElementById("dziekujemy");
  thanks.querySelector("strong").textContent = event.detail.ref;
  thanks.hidden = false;
});

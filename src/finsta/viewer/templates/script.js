(function () {
  var parts = document.querySelectorAll("[data-k]"), pinned = null;
  function keys(part) { return (part.dataset.e || part.dataset.k || "").split(" ").filter(Boolean); }
  function light(part) {
    var wanted = part ? keys(part) : [];
    document.body.classList.toggle("pointing", wanted.length > 0);
    parts.forEach(function (other) {
      var own = other.dataset.k.split(" ");
      other.classList.toggle("lit", wanted.some(function (key) { return own.indexOf(key) >= 0; }));
    });
  }
  function at(event) { return event.target.closest ? event.target.closest("[data-k]") : null; }
  document.addEventListener("pointerover", function (event) { if (!pinned) light(at(event)); });
  document.addEventListener("focusin", function (event) { if (!pinned) light(at(event)); });
  document.addEventListener("focusout", function () { if (!pinned) light(null); });
  document.addEventListener("click", function (event) {
    var part = at(event);
    pinned = part && part !== pinned ? part : null;
    light(pinned);
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { pinned = null; light(null); }
    if (event.key === "Enter" && at(event)) { pinned = at(event) === pinned ? null : at(event); light(pinned || at(event)); }
  });
})();

/* Intake: copies the first person's surname, nationality and languages to the others as they are typed, and asks the server
   whether somebody is known already. The page does both without this file too, when it is sent. */
(function () {
  "use strict";

  var form = document.getElementById("intake");
  if (!form) return;
  var COPIED = ["first_surname", "second_surname", "nationality", "speaks", "reads"];
  var NAMING = /^members-(\d+)-(given_names|first_surname|second_surname|birth_(?:day|month|year|age))$/;

  function fieldOf(place, name) {
    return form.elements["members-" + place + "-" + name];
  }

  /* Copying: only into fields that are empty or still hold what was copied. */
  function copyDown(source, name) {
    var total = Number(form.elements["members-TOTAL_FORMS"].value);
    for (var place = 1; place < total; place += 1) {
      var target = fieldOf(place, name);
      if (target && (target.value === "" || target.value === target.dataset.copied)) {
        target.value = source.value;
        target.dataset.copied = source.value;
      }
    }
  }

  form.addEventListener("change", function (event) {
    COPIED.forEach(function (name) {
      if (event.target.name === "members-0-" + name) copyDown(event.target, name);
    });
  });

  /* A copied surname is there to be typed over. */
  form.addEventListener("focusin", function (event) {
    if (event.target.dataset.copied && event.target.value === event.target.dataset.copied) event.target.select();
  });

  /* Do we know this person already? */
  var timers = {};

  function ask(place) {
    var slot = form.querySelector('[data-duplicates="' + place + '"]');
    var given = fieldOf(place, "given_names");
    if (!slot || !given || given.value.trim().length < 2 || fieldOf(place, "person").value) return;
    var body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("place", place);
    new FormData(form).forEach(function (value, name) {
      if (name.indexOf("members-" + place + "-") === 0) body.append(name, value);
    });
    fetch(form.dataset.duplicatesUrl, {
      method: "POST",
      body: body,
      credentials: "same-origin",
      headers: { "HX-Request": "true" },
    })
      .then(function (answer) {
        return answer.ok && !answer.redirected && !answer.headers.get("HX-Redirect") ? answer.text() : null;
      })
      .then(function (html) {
        if (html === null || slot.contains(document.activeElement) || slot.innerHTML.trim() === html.trim()) return;
        slot.innerHTML = html;
        remember(slot, place);
      })
      .catch(function () {
        /* No network: the question comes when the page is sent. */
      });
  }

  /* What the desk has been shown is not asked a second time when the page is sent. */
  function remember(slot, place) {
    var banner = slot.querySelector("[data-asked]");
    var asked = fieldOf(place, "asked");
    if (!banner || !asked) return;
    var known = asked.value.split(",").concat(banner.dataset.asked.split(",")).filter(Boolean);
    asked.value = Array.from(new Set(known)).join(",");
  }

  form.addEventListener("submit", function () {
    Object.keys(timers).forEach(function (place) {
      clearTimeout(timers[place]);
    });
  });

  form.addEventListener("input", function (event) {
    var found = NAMING.exec(event.target.name || "");
    if (!found) return;
    clearTimeout(timers[found[1]]);
    timers[found[1]] = setTimeout(function () {
      ask(found[1]);
    }, 700);
  });

  form.addEventListener("click", function (event) {
    var button = event.target.closest("[data-other]");
    if (!button) return;
    event.preventDefault();
    fieldOf(button.value, "other").value = fieldOf(button.value, "asked").value;
    form.querySelector('[data-duplicates="' + button.value + '"]').replaceChildren();
    fieldOf(button.value, "given_names").focus();
  });
})();

/* The roll-call on a telephone: each tap goes at once, waits here while there is no network, and is green only when the
   server has answered. Without this file the page's own buttons save the answers.

   #roll[data-roll]        where a tap is posted; data-roll-poll: where the list as it stands is fetched every 20 s
   [data-stay]             one guest: data-sending while a tap is on its way, data-unsent when the network did not take it
   [data-roll-part][id]    is replaced by what the server says of it
   form[data-roll-act]     all present, undo, closing: sent without leaving the page */
(function () {
  "use strict";

  var roll = document.getElementById("roll");
  var words = roll && roll.dataset;
  if (!roll || !words.roll) return; /* From paper the form saves all at once. */
  var queue = []; /* Taps that the server has not yet confirmed, the oldest first. */
  var busy = false;
  var retry = 0;
  var RETRY = 5000;
  var POLL = 20000;
  var LATE = 15000;
  var only = words.rollPoll.indexOf("show=missing") === -1 ? "" : "missing";

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }

  function token() {
    return document.querySelector('[name="csrfmiddlewaretoken"]').value;
  }

  function uuid() {
    if (window.crypto.randomUUID) return window.crypto.randomUUID();
    var bytes = window.crypto.getRandomValues(new Uint8Array(16)); /* Without https there is no randomUUID. */
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.prototype.map.call(bytes, function (byte) {
      return (byte + 256).toString(16).slice(1);
    }).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  function send(url, fields) {
    var body = new URLSearchParams();
    Object.keys(fields).forEach(function (name) {
      body.append(name, fields[name]);
    });
    body.set("csrfmiddlewaretoken", token());
    if (only) body.set("show", only);
    var stop = new AbortController();
    var timer = setTimeout(function () {
      stop.abort();
    }, LATE);
    return fetch(url, { method: "POST", body: body, credentials: "same-origin", signal: stop.signal, headers: { "HX-Request": "true" } })
      .then(function (answer) {
        if (answer.headers.get("HX-Redirect") || answer.redirected) throw { door: true };
        return answer.text().then(function (text) {
          if (answer.ok) return text;
          throw { status: answer.status, text: text };
        });
      })
      .finally(function () {
        clearTimeout(timer);
      });
  }

  function parsed(text) {
    return new DOMParser().parseFromString(text, "text/html");
  }

  /* One banner: what the network or the server said. */
  function say(sentence, state) {
    var notice = document.getElementById("po-notice");
    var was = notice.textContent;
    if (was === (sentence || "")) return;
    notice.replaceChildren();
    if (!sentence) return;
    var banner = document.createElement("div");
    banner.className = "po-banner";
    banner.dataset.state = state;
    banner.setAttribute("role", "alert");
    var line = document.createElement("p");
    line.textContent = sentence;
    banner.append(line);
    notice.append(banner);
  }

  function row(stay) {
    return document.getElementById("stay-" + stay);
  }

  function waiting(stay) {
    return queue.some(function (tap) {
      return tap.stay === stay;
    });
  }

  /* What the record says, into the row; never over a tap that is still on its way. */
  function show(fresh) {
    var stay = fresh.dataset.stay;
    var here = row(stay);
    if (!here || waiting(stay)) return;
    var answer = fresh.querySelector('[name^="was_"]').value;
    all("input[type=radio]", here).forEach(function (radio) {
      radio.disabled = false;
      radio.checked = radio.value === answer;
    });
    here.querySelector('[name^="was_"]').value = answer;
    delete here.dataset.sending;
    delete here.dataset.unsent;
    delete here.dataset.gone;
  }

  function replaceParts(from) {
    all("[data-roll-part][id]", from).forEach(function (fresh) {
      var here = document.getElementById(fresh.id);
      var guest = fresh.closest("[data-stay]");
      if (!here || (guest && waiting(guest.dataset.stay)) || here.innerHTML === fresh.innerHTML) return;
      var open = all("details[open][id]", here).map(function (details) {
        return details.id;
      });
      var focused = here.contains(document.activeElement) ? document.activeElement.id : "";
      here.innerHTML = fresh.innerHTML;
      open.forEach(function (id) {
        if (document.getElementById(id)) document.getElementById(id).open = true;
      });
      if (!focused) return;
      var again = document.getElementById(focused) || (guest && row(guest.dataset.stay).querySelector("input[type=radio]"));
      if (again) again.focus({ preventScroll: true });
    });
    all("svg.po-sprite symbol", from).forEach(function (symbol) {
      if (!document.getElementById(symbol.id)) document.querySelector("svg.po-sprite").append(symbol);
    });
  }

  function merge(from, whole) {
    var fresh = all("[data-stay]", from);
    if (whole) {
      var known = fresh.every(function (one) {
        return row(one.dataset.stay) || document.getElementById(one.parentElement.id);
      });
      if (!known || (!fresh.length && all("[data-stay]").length)) {
        if (queue.length) return;
        roll.replaceChildren.apply(
          roll,
          Array.prototype.filter.call(from.childNodes, function (node) {
            return !node.classList || !node.classList.contains("po-toast");
          })
        );
        return;
      }
      all("[data-stay]", roll).forEach(function (here) {
        var still = fresh.some(function (one) {
          return one.dataset.stay === here.dataset.stay;
        });
        if (still || waiting(here.dataset.stay) || here.dataset.gone) return;
        if (only && all(":checked", here).length) return; /* Just answered. */
        here.dataset.gone = "1"; /* It stays where it is: nothing jumps from under a finger. */
        all("input[type=radio]", here).forEach(function (radio) {
          radio.disabled = true;
        });
        here.querySelector(".po-said").textContent = only ? words.sayElsewhere : words.sayGone;
      });
      fresh.forEach(function (one) {
        if (!row(one.dataset.stay)) document.getElementById(one.parentElement.id).append(document.importNode(one, true));
      });
    }
    fresh.forEach(show);
    replaceParts(from);
  }

  function toast(from) {
    var box = document.getElementById("roll-toasts");
    var fresh = from.querySelector(".po-toast");
    if (!fresh) return;
    all(".po-toast").forEach(function (old) {
      old.remove();
    });
    box.append(document.importNode(fresh, true));
    box.dispatchEvent(new Event("htmx:afterSettle", { bubbles: true })); /* The page's own script lets it go after 10 s. */
  }

  /* Taps ---------------------------------------------------------------------------------------------------------- */
  function mark(stay, state) {
    var here = row(stay);
    if (!here) return;
    delete here.dataset.sending;
    delete here.dataset.unsent;
    here.dataset[state] = "1";
    here.querySelector(".po-said").textContent = state === "unsent" ? words.sayUnsent : words.saySending;
  }

  function tell() {
    var unsent = all("[data-unsent]", roll).length;
    say(unsent ? words.sayWaiting + " " + unsent : "", "warn");
  }

  function next() {
    clearTimeout(retry);
    if (busy || !queue.length) return;
    busy = true;
    var tap = queue[0];
    var waited = Math.max(0, Math.round((Date.now() - tap.at) / 1000));
    send(words.roll, { stay: tap.stay, answer: tap.answer, tap: tap.id, night: words.night, waited: waited })
      .then(
        function (text) {
          queue.shift();
          var answer = parsed(text);
          merge(answer, false);
          if (!queue.length) toast(answer);
          tell();
        },
        function (fault) {
          if (fault.status && fault.status >= 400 && fault.status < 500) refuse(tap, fault);
          else later(fault);
        }
      )
      .finally(function () {
        busy = false;
        if (queue.length && !all("[data-unsent]", roll).length) next();
      });
  }

  function later(fault) {
    queue.forEach(function (tap) {
      mark(tap.stay, "unsent");
    });
    if (fault.door) return say(words.sayDoor, "alert");
    tell();
    retry = setTimeout(again, RETRY);
  }

  function again() {
    queue.forEach(function (tap) {
      delete (row(tap.stay) || { dataset: {} }).dataset.unsent;
      mark(tap.stay, "sending");
    });
    next();
  }

  /* The server said no: the answer that stands on the record comes back, with the reason. */
  function refuse(tap, fault) {
    queue.shift();
    var here = row(tap.stay);
    var sentence = (parsed(fault.text).querySelector(".po-banner p") || {}).textContent || document.body.dataset.sayFailed;
    if (here && !waiting(tap.stay)) {
      var was = here.querySelector('[name^="was_"]').value;
      delete here.dataset.sending;
      delete here.dataset.unsent;
      all("input[type=radio]", here).forEach(function (radio) {
        radio.checked = radio.value === was;
      });
      here.querySelector(".po-said").textContent = sentence;
    }
    say(sentence, "alert");
    ask();
  }

  roll.addEventListener("change", function (event) {
    var guest = event.target.type === "radio" && event.target.closest("[data-stay]");
    if (!guest) return;
    var stay = guest.dataset.stay;
    queue = queue.filter(function (tap, place) {
      return tap.stay !== stay || (place === 0 && busy); /* A later tap takes the place of one that was not sent. */
    });
    queue.push({ stay: stay, answer: event.target.value, id: uuid(), at: Date.now() });
    mark(stay, "sending");
    next();
  });

  window.addEventListener("online", again);
  window.addEventListener("beforeunload", function (event) {
    if (queue.length) event.preventDefault();
  });

  /* All present, undo, closing ------------------------------------------------------------------------------------ */
  document.addEventListener(
    "submit",
    function (event) {
      var form = event.target;
      if (!form.matches("[data-roll-act]")) return;
      event.preventDefault();
      event.stopPropagation();
      var button = event.submitter;
      var fields = {};
      new FormData(form).forEach(function (value, name) {
        fields[name] = value;
      });
      if (button && button.name) fields[button.name] = button.value;
      var url = button && button.hasAttribute("formaction") ? button.formAction : form.action;
      send(url, fields).then(
        function (text) {
          var answer = parsed(text);
          var batch = form.querySelector('[name="batch"]');
          if (batch) batch.value = uuid(); /* This press is done: the next one is another. */
          say("");
          toast(answer);
          merge(answer.body.firstElementChild, true);
        },
        function (fault) {
          if (fault.door) return say(words.sayDoor, "alert");
          var said = fault.text && parsed(fault.text).querySelector(".po-banner p");
          say(said ? said.textContent : document.body.dataset.sayFailed, "alert");
        }
      );
    },
    true
  );

  /* Two telephones see each other's answers ----------------------------------------------------------------------- */
  function ask() {
    if (document.visibilityState !== "visible") return;
    fetch(words.rollPoll, { credentials: "same-origin", headers: { "X-Posada-Poll": "1" } })
      .then(function (answer) {
        var door = answer.headers.get("HX-Redirect");
        if (door && !queue.length) return location.assign(door);
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        return answer.text();
      })
      .then(function (text) {
        if (text) merge(parsed(text).body, true);
      })
      .catch(function () {
        /* The taps themselves say when there is no network. */
      });
  }

  setInterval(ask, POLL);
  document.addEventListener("visibilitychange", ask);
})();

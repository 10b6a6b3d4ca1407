/* The roll-call on a telephone: each tap goes at once, waits here while there is no network, and is green only when the
   server has answered. Without this file the page's own buttons save the answers.

   A tap that waits is kept in this browser until it is sent, also when the page is closed: who it is about as a number, the
   answer, when, and a signed note of who tapped. Never a name. Signing out and Hide take it away (app.js).

   #roll[data-roll]        where a tap is posted; data-roll-poll: where the list as it stands is fetched every 20 s
   [data-stay]             one guest: data-sending while a tap is on its way, data-unsent when the network did not take it
   [data-roll-part][id]    is replaced by what the server says of it
   form[data-roll-act]     all present, undo, closing: sent without leaving the page */
(function () {
  "use strict";

  var roll = document.getElementById("roll");
  var words = roll && roll.dataset;
  if (!roll || !words.roll) return; /* From paper the form saves all at once. */
  var KEPT = "posada-roll"; /* app.js knows this name too. */
  var queue = []; /* Taps of this house that the server has not yet confirmed, the oldest first. */
  var trouble = []; /* What became of taps that did not count: shown until the page is left. */
  var busy = false;
  var stuck = false; /* The network did not take the last one. */
  var held = null; /* A press that waits for the taps before it: "all present" is of those who have no answer. */
  var dropped = false; /* Such a press was given up, because the taps before it could not be sent. */
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

  /* What waits, in this browser; in one that keeps nothing, only in this page. */
  function kept() {
    try {
      var list = JSON.parse(window.localStorage.getItem(KEPT) || "[]");
      return Array.isArray(list) ? list : [];
    } catch (error) {
      return [];
    }
  }

  function keep(list) {
    try {
      if (list.length) window.localStorage.setItem(KEPT, JSON.stringify(list));
      else window.localStorage.removeItem(KEPT);
      return true;
    } catch (error) {
      return false;
    }
  }

  var survives = keep(kept());

  function forget(tap) {
    queue = queue.filter(function (one) {
      return one.id !== tap.id;
    });
    keep(
      kept().filter(function (one) {
        return one.id !== tap.id;
      })
    );
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
      return tap.stay === stay && tap.night === words.night;
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
  function mark(tap, state) {
    var here = tap.night === words.night && row(tap.stay);
    if (!here) return;
    delete here.dataset.sending;
    delete here.dataset.unsent;
    here.dataset[state] = "1";
    here.querySelector(".po-said").textContent = state === "unsent" ? words.sayUnsent : words.saySending;
  }

  function tell() {
    var lines = trouble.slice();
    if (stuck && queue.length && dropped) lines.unshift(words.sayFirst);
    if (stuck && queue.length) lines.unshift(words.sayWaiting + " " + queue.length);
    say(lines.join(" "), trouble.length ? "alert" : "warn");
  }

  function named(tap, sentence) {
    var here = tap.night === words.night && row(tap.stay);
    return here ? here.querySelector("h3").textContent.trim() + ": " + sentence : sentence;
  }

  function next() {
    clearTimeout(retry);
    if (busy || !queue.length) return;
    busy = true;
    var tap = queue[0];
    var waited = Math.max(0, Math.round((Date.now() - tap.at) / 1000));
    send(words.roll, { stay: tap.stay, answer: tap.answer, tap: tap.id, night: tap.night, waited: waited, tapper: tap.by })
      .then(
        function (text) {
          stuck = dropped = false;
          forget(tap);
          var answer = parsed(text);
          if (tap.night === words.night) merge(answer, false);
          var conflict = answer.querySelector("[data-conflict]");
          if (conflict) trouble.push(named(tap, conflict.textContent.trim()));
          else if (!queue.length) toast(answer);
          tell();
        },
        function (fault) {
          if (fault.status && fault.status !== 403 && fault.status >= 400 && fault.status < 500) refuse(tap, fault);
          else later(fault);
        }
      )
      .finally(function () {
        busy = false;
        if (queue.length && !stuck) return next();
        var go = held;
        held = null;
        if (go && !queue.length) go();
      });
  }

  function later(fault) {
    stuck = true;
    dropped = dropped || !!held;
    held = null;
    queue.forEach(function (tap) {
      mark(tap, "unsent");
    });
    if (fault.door) return say(survives ? words.sayDoorKept : words.sayDoor, "alert");
    if (fault.status === 403) return say(survives ? words.sayReload : words.sayReloadPaper, "alert"); /* An old token. */
    tell();
    retry = setTimeout(again, RETRY);
  }

  function again() {
    stuck = false;
    queue.forEach(function (tap) {
      mark(tap, "sending");
    });
    tell(); /* The page's own script has just taken every banner away. */
    next();
  }

  /* The server said no: the answer that stands on the record comes back, with the reason. */
  function refuse(tap, fault) {
    forget(tap);
    var here = tap.night === words.night && row(tap.stay);
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
    trouble.push(named(tap, sentence));
    tell();
    ask();
  }

  roll.addEventListener("change", function (event) {
    var guest = event.target.type === "radio" && event.target.closest("[data-stay]");
    if (!guest) return;
    var stay = guest.dataset.stay;
    queue
      .filter(function (tap, place) {
        /* A later tap takes the place of one that was not sent. */
        return tap.stay === stay && tap.night === words.night && !(place === 0 && busy);
      })
      .forEach(forget);
    var tap = {
      house: words.house,
      night: words.night,
      stay: stay,
      answer: event.target.value,
      id: uuid(),
      at: Date.now(),
      by: words.tapper,
    };
    queue.push(tap);
    survives = keep(kept().concat([tap]));
    mark(tap, "sending");
    stuck = false;
    next();
  });

  /* What was tapped before the page was closed: shown as it was tapped, and sent now. */
  function resume() {
    queue = kept().filter(function (tap) {
      return tap && tap.house === words.house && tap.id && tap.stay && tap.answer && tap.night;
    });
    queue.forEach(function (tap) {
      var here = tap.night === words.night && row(tap.stay);
      if (!here) return;
      all("input[type=radio]", here).forEach(function (radio) {
        radio.checked = radio.value === tap.answer;
      });
      mark(tap, "sending");
    });
    next();
  }

  window.addEventListener("online", again);
  window.addEventListener("beforeunload", function (event) {
    if (queue.length && !survives) event.preventDefault();
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
      if (!queue.length) return act(form, url, fields);
      held = function () {
        act(form, url, fields);
      };
      if (stuck) again();
      else next();
    },
    true
  );

  function act(form, url, fields) {
    send(url, fields).then(
      function (text) {
        var answer = parsed(text);
        var batch = form.querySelector('[name="batch"]');
        if (batch) batch.value = uuid(); /* This press is done: the next one is another. */
        tell();
        toast(answer);
        var part = answer.querySelector("[data-roll-partial]");
        merge(part || answer.body.firstElementChild, !part);
        if (part) reveal(part, form);
      },
      function (fault) {
        if (fault.door) return say(words.sayDoor, "alert");
        if (fault.status === 403) return say(words.sayReload, "alert");
        var said = fault.text && parsed(fault.text).querySelector(".po-banner p");
        say(said ? said.textContent : document.body.dataset.sayFailed, "alert");
      }
    );
  }

  /* A card was read: its guest comes into view, and the field is empty for the next one. */
  function reveal(part, form) {
    var here = row(part.querySelector("[data-stay]").dataset.stay);
    if (form.elements.code) form.elements.code.value = "";
    if (!here) return ask();
    here.hidden = false;
    here.scrollIntoView({ block: "center" });
  }

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

  resume();
  setInterval(ask, POLL);
  document.addEventListener("visibilitychange", ask);
})();

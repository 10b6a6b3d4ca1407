/* Posada: what a page does beyond forms and links. Every page works without this file.

   The hooks, all of them attributes in the HTML; every word shown comes from there too, translated:
   form[data-hide]                      blurs the page at once, then posts; Esc three times does the same
   form[data-forget]                    takes what the roll-call had not sent yet out of this browser; Hide does it too
   [data-unsent-answers][hidden]        shows itself, with their number in its [data-number], where there are such answers
   .po-errors                           takes the focus; its links open the row that they point into
   [data-toast]                         leaves after 10 s, waits while pointed at or focused
   form                                 after 400 ms the pressed button says that it is saving, after 8 s that it is slow
   form[data-autosave-url]              posts itself 3 s after a change; [data-autosave-status] shows the answer
   button[data-add-row="#template"]     data-rows="#list" data-prefix="members" data-copy="surname nationality"
   button[data-remove-row]              ticks the row's DELETE and hides the row ([data-row])
   [data-row-name] in a [data-row]      is repeated in that row's [data-row-title] while typed
   button[data-print][hidden]           shows itself and prints the page
   [data-poll-url]                      asks every 30 s for its own content; data-poll-seconds changes that */
(function () {
  "use strict";

  var words = document.body.dataset;
  var notice = document.getElementById("po-notice");

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }

  /* One banner for what the network did; an empty sentence takes it away. */
  function say(sentence, state) {
    if (!notice) return;
    notice.replaceChildren();
    if (!sentence) return;
    var banner = document.createElement("div");
    banner.className = "po-banner";
    banner.dataset.state = state;
    banner.setAttribute("role", state === "alert" ? "alert" : "status");
    var inside = document.createElement("div");
    var line = document.createElement("p");
    line.textContent = sentence;
    inside.append(line);
    banner.append(inside);
    notice.append(banner);
  }

  /* Answers of a roll-call that were not sent yet: ids and answers, kept by roll_call.js ------------------------------ */
  var KEPT = "posada-roll";

  function unsent() {
    try {
      return JSON.parse(window.localStorage.getItem(KEPT) || "[]").length;
    } catch (error) {
      return 0;
    }
  }

  function forget() {
    try {
      window.localStorage.removeItem(KEPT);
    } catch (error) {
      /* A browser that keeps nothing has nothing to forget. */
    }
  }

  all("[data-unsent-answers]").forEach(function (warning) {
    var number = unsent();
    warning.querySelector("[data-number]").textContent = String(number);
    warning.hidden = !number;
  });

  document.addEventListener("submit", function (event) {
    if (event.target.matches("form[data-forget]")) forget();
  });

  /* Hide ---------------------------------------------------------------------------------------------------------- */
  function hide(form) {
    forget();
    document.body.classList.add("po-veil");
    document.title = "Posada";
    fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" })
      .then(function (answer) {
        location.replace(answer.url);
      })
      .catch(function () {
        document.body.replaceChildren(); /* No network: nothing is locked yet, but nothing is on the screen either. */
      });
  }

  document.addEventListener("submit", function (event) {
    if (!event.target.matches("form[data-hide]")) return;
    event.preventDefault();
    hide(event.target);
  });

  var escapes = [];
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    escapes.push(event.timeStamp);
    escapes = escapes.slice(-3);
    var form = document.querySelector("form[data-hide]");
    if (form && escapes.length === 3 && escapes[2] - escapes[0] < 2000) hide(form);
  });

  window.addEventListener("pageshow", function (event) {
    if (event.persisted) location.reload(); /* Back after Hide or signing out must ask the server. */
  });

  /* Errors -------------------------------------------------------------------------------------------------------- */
  function reveal(target) {
    for (var details = target.closest("details"); details; details = details.parentElement.closest("details")) {
      details.open = true;
    }
  }

  function toErrors(root) {
    var box = root.querySelector(".po-errors");
    if (box) box.focus();
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest('.po-errors a[href^="#"]');
    var target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    reveal(target);
    target.scrollIntoView({ block: "center" });
    target.focus();
  });

  /* Toasts -------------------------------------------------------------------------------------------------------- */
  function toast(element) {
    var timer = 0;
    function wait() {
      clearTimeout(timer);
      timer = setTimeout(function () {
        element.remove();
      }, 10000);
    }
    function stay() {
      clearTimeout(timer);
    }
    element.addEventListener("mouseenter", stay);
    element.addEventListener("focusin", stay);
    element.addEventListener("mouseleave", wait);
    element.addEventListener("focusout", wait);
    wait();
  }

  /* Waiting ------------------------------------------------------------------------------------------------------- */
  var waits = new WeakMap();

  function startWaiting(form, button) {
    if (!button || waits.has(form)) return;
    var state = { button: button, inside: null, slow: null };
    state.soon = setTimeout(function () {
      state.inside = Array.prototype.slice.call(button.childNodes);
      button.style.minWidth = button.offsetWidth + "px"; /* Through the object model: a policy without inline styles allows it. */
      button.replaceChildren(words.saySaving || "…");
      button.disabled = true;
    }, 400);
    state.late = setTimeout(function () {
      state.slow = document.createElement("span");
      state.slow.className = "po-fresh";
      state.slow.dataset.state = "warn";
      state.slow.setAttribute("role", "status");
      state.slow.textContent = (form.dataset.autosaveUrl ? words.saySlowDraft : words.saySlow) || "";
      button.after(state.slow);
    }, 8000);
    state.end = setTimeout(function () {
      stopWaiting(form); /* Whoever stopped the page from loading may try again. */
    }, 25000);
    waits.set(form, state);
  }

  function stopWaiting(form) {
    var state = waits.get(form);
    if (!state) return;
    [state.soon, state.late, state.end].forEach(clearTimeout);
    if (state.inside) state.button.replaceChildren.apply(state.button, state.inside);
    state.button.style.minWidth = "";
    state.button.disabled = false;
    if (state.slow) state.slow.remove();
    waits.delete(form);
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.target) return;
    if (waits.has(form)) {
      event.preventDefault(); /* Pressed twice. */
      return;
    }
    startWaiting(form, event.submitter || form.querySelector('[type="submit"]'));
  });

  document.addEventListener("htmx:beforeRequest", function (event) {
    var form = event.target.closest("form");
    if (form && form.method === "post") startWaiting(form, form.querySelector('[type="submit"]'));
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    var form = event.target.closest && event.target.closest("form");
    if (form) stopWaiting(form);
  });
  ["htmx:sendError", "htmx:responseError", "htmx:timeout"].forEach(function (name) {
    document.addEventListener(name, function () {
      say(words.sayFailed, "alert");
    });
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    toErrors(event.target);
    prepare(event.target);
  });

  window.addEventListener("offline", function () {
    say(words.sayOffline, "warn");
  });
  window.addEventListener("online", function () {
    say("");
  });

  /* Drafts -------------------------------------------------------------------------------------------------------- */
  function autosave(form) {
    var status = form.querySelector("[data-autosave-status]") || document.querySelector("[data-autosave-status]");
    var timer = 0;
    var dirty = false;
    var busy = false;

    function show(text, isHtml) {
      if (!status) return;
      if (isHtml) status.innerHTML = text;
      else status.textContent = text;
    }

    function save(leaving) {
      clearTimeout(timer);
      if (!dirty || busy) return;
      dirty = false;
      busy = true;
      fetch(form.dataset.autosaveUrl, {
        method: "POST",
        body: new FormData(form),
        credentials: "same-origin",
        keepalive: leaving === true,
        headers: { "HX-Request": "true", "X-Requested-With": "XMLHttpRequest" },
      })
        .then(function (answer) {
          var door = answer.headers.get("HX-Redirect");
          if (door) return location.assign(door);
          if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
          var kind = answer.headers.get("Content-Type") || "";
          if (kind.indexOf("json") !== -1) {
            return answer.json().then(function (data) {
              show(data.saved || "", false);
            });
          }
          return answer.text().then(function (text) {
            if (text) show(text, kind.indexOf("html") !== -1);
          });
        })
        .catch(function () {
          dirty = true;
          show(form.dataset.autosaveFailed || words.sayFailed, false);
        })
        .finally(function () {
          busy = false;
          if (dirty) plan(10000);
        });
    }

    function plan(pause) {
      clearTimeout(timer);
      timer = setTimeout(save, pause);
    }

    function changed() {
      dirty = true;
      plan(3000);
    }

    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("submit", function () {
      dirty = false;
      clearTimeout(timer);
    });
    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState === "hidden") save(true);
    });
  }

  /* Rows ---------------------------------------------------------------------------------------------------------- */
  function copyFrom(first, row, names, from, to) {
    names.forEach(function (name) {
      all('[name="' + from + name + '"]', first).forEach(function (source, place) {
        var target = all('[name="' + to + name + '"]', row)[place];
        if (!target) return;
        if (source.type === "checkbox" || source.type === "radio") target.checked = source.checked;
        else if (source.multiple) {
          all("option", source).forEach(function (option, index) {
            target.options[index].selected = option.selected;
          });
        } else target.value = source.value;
      });
    });
  }

  function addRow(button) {
    var template = document.querySelector(button.dataset.addRow);
    var list = document.querySelector(button.dataset.rows);
    var prefix = button.dataset.prefix;
    var total = document.querySelector('[name="' + prefix + '-TOTAL_FORMS"]');
    if (!template || !list || !total) return;
    var number = Number(total.value);
    var html = template.innerHTML.replace(/__prefix__/g, String(number)).replace(/__number__/g, String(number + 1));
    list.insertAdjacentHTML("beforeend", html);
    total.value = String(number + 1);
    var row = list.lastElementChild;
    var first = all("[data-row]", list)[0] || list;
    var names = (button.dataset.copy || "").split(/[\s,]+/).filter(Boolean);
    copyFrom(first, row, names, prefix + "-0-", prefix + "-" + number + "-");
    var details = row.querySelector("details");
    if (details) details.open = true;
    if (window.htmx) window.htmx.process(row);
    var field = all("input, select, textarea", row).filter(function (input) {
      return input.type !== "hidden" && !input.name.endsWith("-DELETE");
    })[0];
    if (field) field.focus();
    total.dispatchEvent(new Event("change", { bubbles: true }));
    var most = document.querySelector('[name="' + prefix + '-MAX_NUM_FORMS"]');
    if (most && number + 1 >= Number(most.value)) button.hidden = true;
  }

  function removeRow(button) {
    var row = button.closest("[data-row]");
    var mark = row && row.querySelector('[name$="-DELETE"]');
    if (!mark) return;
    mark.checked = true;
    row.hidden = true;
    mark.dispatchEvent(new Event("change", { bubbles: true }));
    var adder = document.querySelector("[data-add-row]");
    if (adder) adder.focus();
  }

  document.addEventListener("click", function (event) {
    var adder = event.target.closest("[data-add-row]");
    var remover = event.target.closest("[data-remove-row]");
    if (adder) {
      event.preventDefault(); /* Without this script the button sends the form, and the server adds the row. */
      addRow(adder);
    }
    if (remover) removeRow(remover);
  });

  document.addEventListener("input", function (event) {
    var row = event.target.matches("[data-row-name]") && event.target.closest("[data-row]");
    var title = row && row.querySelector("[data-row-title]");
    if (!title) return;
    title.dataset.empty = title.dataset.empty || title.textContent;
    var typed = all("[data-row-name]", row).map(function (input) {
      return input.value.trim();
    });
    title.textContent = typed.filter(Boolean).join(" ") || title.dataset.empty;
  });

  /* Refreshing by itself ------------------------------------------------------------------------------------------ */
  function poll(element) {
    var every = Number(element.dataset.pollSeconds || 30) * 1000;
    var last = "";
    var asked = Date.now();
    var failures = 0;

    function typing() {
      var active = document.activeElement;
      var changed = all("input, select, textarea", element).some(function (field) {
        if (field.options) return field.selectedIndex > 0 && !field.options[field.selectedIndex].defaultSelected;
        return field.type !== "hidden" && field.value !== field.defaultValue;
      });
      return changed || (element.contains(active) && /^(INPUT|SELECT|TEXTAREA)$/.test(active.tagName));
    }

    function swap(text) {
      var active = element.contains(document.activeElement) ? document.activeElement : null;
      var id = active && active.id;
      var address = active && active.getAttribute("href");
      var open = all("details[open][id]", element).map(function (details) {
        return details.id;
      });
      element.innerHTML = text;
      open.forEach(function (name) {
        var details = document.getElementById(name);
        if (details) details.open = true;
      });
      var again = (id && document.getElementById(id)) || all("a[href]", element).filter(function (link) {
        return address && link.getAttribute("href") === address;
      })[0];
      if (again) again.focus({ preventScroll: true });
      if (window.htmx) window.htmx.process(element);
    }

    function ask() {
      if (document.visibilityState !== "visible" || typing()) return;
      asked = Date.now();
      fetch(element.dataset.pollUrl, { credentials: "same-origin", headers: { "X-Posada-Poll": "1" } })
        .then(function (answer) {
          var door = answer.headers.get("HX-Redirect");
          if (door) return location.assign(door);
          if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
          if (failures) say("");
          failures = 0;
          return answer.status === 204 ? "" : answer.text();
        })
        .then(function (text) {
          if (!text || text === last || typing()) return;
          last = text;
          swap(text);
        })
        .catch(function () {
          failures += 1;
          if (failures > 1) say(words.sayOffline, "warn");
        });
    }

    setInterval(ask, every);
    document.addEventListener("visibilitychange", function () {
      if (Date.now() - asked >= every) ask();
    });
  }

  /* Print --------------------------------------------------------------------------------------------------------- */
  function printer(button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      window.print();
    });
  }

  /* Start --------------------------------------------------------------------------------------------------------- */
  var ready = new WeakSet();

  function once(act) {
    return function (element) {
      if (ready.has(element)) return;
      ready.add(element);
      act(element);
    };
  }

  function prepare(root) {
    all("[data-toast]", root).forEach(once(toast));
    all("form[data-autosave-url]", root).forEach(once(autosave));
    all("[data-poll-url]", root).forEach(once(poll));
    all("button[data-print]", root).forEach(once(printer));
  }

  prepare(document);
  toErrors(document);
})();

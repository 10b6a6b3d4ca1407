/* At the door and in the roll-call: looking for somebody in the page, and reading a card with the camera. Both only add to what
   the page does without them.

   [data-find="#list"][hidden]   shows itself; what is typed hides the [data-found] of the list that do not fit
   [data-camera][hidden]         shows itself where the browser reads codes by itself (BarcodeDetector); what it reads is sent
                                 by the form around it. No picture leaves the page. */
(function () {
  "use strict";

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }

  /* Looking for somebody ------------------------------------------------------------------------------------------ */
  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  function find(box) {
    var list = document.querySelector(box.dataset.find);
    var field = box.querySelector("input");
    var status = box.querySelector('[role="status"]');
    if (!list) return;
    box.hidden = false;

    function look() {
      var words = plain(field.value).split(/\s+/).filter(Boolean);
      var shown = 0;
      all("[data-found]", list).forEach(function (row) {
        var about = row.querySelector("[data-found-by]") || row;
        var text = plain(about.textContent);
        row.hidden = !words.every(function (word) {
          return text.indexOf(word) !== -1;
        });
        if (!row.hidden) shown += 1;
      });
      all("[data-found-group]", list).forEach(function (group) {
        group.hidden = words.length > 0 && !all("[data-found]:not([hidden])", group).length;
      });
      status.textContent = words.length ? box.dataset.sayFound + " " + shown : "";
    }

    field.addEventListener("input", look);
    new MutationObserver(look).observe(list, { childList: true, subtree: true }); /* The list refreshes itself. */
  }

  all("[data-find]").forEach(find);

  /* Reading with the camera --------------------------------------------------------------------------------------- */
  function camera(box) {
    var form = box.closest("form");
    var video = box.querySelector("video");
    var start = box.querySelector("[data-camera-start]");
    var stop = box.querySelector("[data-camera-stop]");
    var status = box.querySelector("[data-camera-status]");
    var stream = null;

    function close() {
      if (stream)
        stream.getTracks().forEach(function (track) {
          track.stop();
        });
      stream = null;
      video.hidden = stop.hidden = true;
      start.hidden = false;
    }

    function look(detector) {
      if (!stream) return;
      detector
        .detect(video)
        .then(function (codes) {
          if (!stream) return;
          if (!codes.length) return setTimeout(look, 200, detector);
          form.elements.code.value = codes[0].rawValue;
          close();
          form.requestSubmit();
        })
        .catch(function () {
          if (stream) setTimeout(look, 500, detector); /* The first pictures of a camera are often empty. */
        });
    }

    start.addEventListener("click", function () {
      status.textContent = "";
      navigator.mediaDevices
        .getUserMedia({ video: { facingMode: "environment" } })
        .then(function (opened) {
          stream = opened;
          video.srcObject = opened;
          video.hidden = stop.hidden = false;
          start.hidden = true;
          return video.play().then(function () {
            look(new window.BarcodeDetector({ formats: ["qr_code"] }));
          });
        })
        .catch(function () {
          close();
          status.textContent = box.dataset.sayNone;
        });
    });
    stop.addEventListener("click", close);
    window.addEventListener("pagehide", close);
    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState === "hidden") close();
    });
    box.hidden = false;
  }

  if (!window.BarcodeDetector || !navigator.mediaDevices) return;
  window.BarcodeDetector.getSupportedFormats().then(function (formats) {
    if (formats.indexOf("qr_code") !== -1) all("[data-camera]").forEach(camera);
  });
})();

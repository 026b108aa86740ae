"use strict";
(function () {
  var root = document.documentElement;
  function each(list, act) { Array.prototype.forEach.call(list, act); }

  // Language: what the page says about a call, not what was said in it.
  function show(language) {
    root.dataset.ui = language;
    root.lang = language;
    each(document.querySelectorAll(".lang button"), function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.language === language));
    });
    try { localStorage.setItem("qa-language", language); } catch (error) { /* private window */ }
  }
  var kept = null;
  try { kept = localStorage.getItem("qa-language"); } catch (error) { /* private window */ }
  if (kept === "en" || kept === "zh") { show(kept); } else { show(root.dataset.ui); }
  each(document.querySelectorAll(".lang button"), function (button) {
    button.addEventListener("click", function () { show(button.dataset.language); });
  });

  // Sound: one player, made when first needed, fed with the call's own sound.
  var player = null, current = null, stopAt = null, pressed = null;
  function soundOf(id) {
    var box = document.getElementById(id + "-sound");
    if (!box) { return null; }
    if (!box.url) {
      if (box.dataset.link) {
        box.url = box.dataset.link;
      } else {
        var raw = atob(box.textContent.trim()), bytes = new Uint8Array(raw.length);
        for (var i = 0; i < raw.length; i++) { bytes[i] = raw.charCodeAt(i); }
        box.url = URL.createObjectURL(new Blob([bytes], { type: box.dataset.mime }));
      }
      box.segments = JSON.parse(box.dataset.segments);
    }
    return box;
  }
  // The file's time of a moment in the call; the next stretch that is there, if that one is not.
  function toFile(box, ms) {
    for (var i = 0; i < box.segments.length; i++) {
      var s = box.segments[i];
      if (ms < s[1]) { return s[2] + Math.max(0, ms - s[0]); }
    }
    return null;
  }
  function toCall(box, ms) {
    for (var i = box.segments.length - 1; i >= 0; i--) {
      var s = box.segments[i];
      if (ms >= s[2]) { return Math.min(s[1], s[0] + ms - s[2]); }
    }
    return 0;
  }
  function clock(ms) {
    var s = Math.floor(ms / 1000);
    return Math.floor(s / 60) + ":" + String(s % 60).padStart(2, "0");
  }
  function draw() {
    if (!current) { return; }
    var ms = toCall(current.box, player.currentTime * 1000);
    var head = current.card.querySelector(".head"), slider = current.card.querySelector("[role=slider]");
    head.style.display = "block";
    head.style.left = Math.min(100, ms * 100 / current.duration) + "%";
    slider.setAttribute("aria-valuenow", String(Math.round(ms / 1000)));
    slider.setAttribute("aria-valuetext", clock(ms));
    current.card.querySelector(".now").textContent = clock(ms);
    if (stopAt !== null && player.currentTime * 1000 >= stopAt) { player.pause(); }
  }
  function settle() {
    var playing = player && !player.paused;
    each(document.querySelectorAll(".toggle"), function (toggle) {
      var mine = playing && current && current.card.contains(toggle);
      toggle.textContent = mine ? "❚❚" : "▶";
    });
    if (pressed && !playing) { pressed.classList.remove("on"); pressed = null; }
  }
  function play(id, start, end, button) {
    var box = soundOf(id), card = document.getElementById(id);
    if (!box || !card) { return; }
    var from = toFile(box, start);
    if (from === null) { return; }
    if (!player) {
      player = new Audio();
      player.addEventListener("timeupdate", draw);
      player.addEventListener("play", settle);
      player.addEventListener("pause", settle);
      player.addEventListener("ended", settle);
    }
    if (pressed) { pressed.classList.remove("on"); }
    pressed = button || null;
    if (pressed) { pressed.classList.add("on"); }
    var last = end === null ? null : toFile(box, end);
    stopAt = last === null ? null : last;
    var fresh = !current || current.box !== box;
    current = { box: box, card: card, duration: Number(card.dataset.duration) };
    function begin() { player.currentTime = from / 1000; draw(); player.play(); }
    if (fresh) {
      player.src = box.url;
      player.addEventListener("loadedmetadata", begin, { once: true });
      player.load();
    } else { begin(); }
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("button[data-start]");
    if (button) {
      if (button === pressed && player && !player.paused) { player.pause(); return; }
      play(button.dataset.call, Number(button.dataset.start),
        button.dataset.end ? Number(button.dataset.end) : null, button);
      return;
    }
    var toggle = event.target.closest(".toggle");
    if (toggle) {
      var card = toggle.closest(".call");
      if (current && current.card === card && !player.paused) { player.pause(); return; }
      var at = current && current.card === card ? toCall(current.box, player.currentTime * 1000) : 0;
      play(card.id, at >= Number(card.dataset.duration) - 200 ? 0 : at, null, null);
      return;
    }
    var link = event.target.closest("a[href^='#call-']");
    if (link) { reveal(link.getAttribute("href").slice(1)); }
  });
  function reveal(id) {
    var card = document.getElementById(decodeURIComponent(id));
    if (card) { card.open = true; card.classList.remove("hidden"); }
  }
  if (location.hash.length > 1) { reveal(location.hash.slice(1)); }
  each(document.querySelectorAll(".strip-box[role=slider]"), function (slider) {
    var card = slider.closest(".call"), duration = Number(card.dataset.duration);
    slider.addEventListener("click", function (event) {
      var area = slider.getBoundingClientRect();
      play(card.id, Math.max(0, (event.clientX - area.left) / area.width * duration), null, null);
    });
    slider.addEventListener("keydown", function (event) {
      var step = { ArrowLeft: -5000, ArrowDown: -5000, ArrowRight: 5000, ArrowUp: 5000 }[event.key];
      var now = Number(slider.getAttribute("aria-valuenow")) * 1000;
      if (event.key === "Enter" || event.key === " ") { card.querySelector(".toggle").click(); }
      else if (event.key === "Home") { play(card.id, 0, null, null); }
      else if (step) { play(card.id, Math.min(duration - 1, Math.max(0, now + step)), null, null); }
      else { return; }
      event.preventDefault();
    });
  });

  // Listening is offered only where there is sound.
  each(document.querySelectorAll("button[data-call]"), function (button) {
    if (!document.getElementById(button.dataset.call + "-sound")) { button.disabled = true; }
  });

  // Filter: calls in which something failed, or stayed open.
  each(document.querySelectorAll(".tools button[data-filter]"), function (button) {
    button.addEventListener("click", function () {
      each(document.querySelectorAll(".tools button[data-filter]"), function (other) {
        other.setAttribute("aria-pressed", String(other === button));
      });
      each(document.querySelectorAll(".call"), function (card) {
        var wanted = button.dataset.filter;
        card.classList.toggle("hidden", wanted !== "all" && Number(card.dataset[wanted]) === 0);
      });
    });
  });
  window.addEventListener("beforeprint", function () {
    each(document.querySelectorAll("details"), function (box) { box.open = true; });
  });
})();

// The canvas of the page: a picture before and after, and what is drawn on it.
// Runs once for each canvas; Gradio gives `element`, `trigger`, `props` and `watch`.
const one = (selector) => element.querySelector(selector);
const all = (selector) => [...element.querySelectorAll(selector)];
const language = (navigator.language || "en").slice(0, 2);
const words = props.words[language] || props.words.en;
const stage = one(".stage"), canvas = one("canvas"), cursor = one(".cursor");
const color = one(".color"), width = one(".width"), divide = one(".divide input");

let picture = null; // Which one is shown: changes with another.
let size = [1, 1]; // Its width and height in pixels.
let drawing = [], undone = [];
let tool = "point", path = null;
let selected = null; // The number of the stroke that takes colours of the palette.
let spot = [0.5, 0.5]; // Where the keyboard's cursor is, in shares of the picture.

all("[data-word]").forEach((part) => { part.textContent = words[part.dataset.word]; });
all("[data-label]").forEach((part) => {
  part.setAttribute("aria-label", words[part.dataset.label]);
  part.title = words[part.dataset.label];
});
color.value = "#b03a2e";

function penWidth() {
  // Less fills no cell of the network's, and films are told nothing by it.
  return Math.max(6, (Math.min(...size) * Number(width.value)) / 120);
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  const inside = (share) => Math.min(Math.max(share, 0), 1);
  return [
    Math.round(inside((event.clientX - box.left) / box.width) * size[0] * 10) / 10,
    Math.round(inside((event.clientY - box.top) / box.height) * size[1] * 10) / 10,
  ];
}

function draw() {
  const box = canvas.getBoundingClientRect();
  canvas.width = Math.round(box.width * devicePixelRatio);
  canvas.height = Math.round(box.height * devicePixelRatio);
  const pen = canvas.getContext("2d"), scale = canvas.width / size[0];
  const now = path ? [...drawing, path] : drawing;
  now.forEach((stroke, number) => {
    pen.globalCompositeOperation =
      stroke.tool === "eraser" ? "destination-out" : "source-over";
    pen.lineCap = pen.lineJoin = "round";
    const radius = Math.max((stroke.width * scale) / 2, 3 * devicePixelRatio);
    const line = (colour, extra) => {
      pen.strokeStyle = pen.fillStyle = colour;
      pen.lineWidth = 2 * radius + extra;
      pen.beginPath();
      const [x, y] = stroke.path[0];
      pen.moveTo(x * scale, y * scale);
      // The first one again, a little aside: a line without length is not drawn.
      stroke.path.forEach(([x, y]) => pen.lineTo(x * scale + 0.01, y * scale));
      pen.stroke();
    };
    if (stroke.tool !== "eraser") {
      line("#000", 4 * devicePixelRatio);
      line(number === selected ? "#fbbf24" : "#fff", 2 * devicePixelRatio);
    }
    line(stroke.color, 0);
  });
  one(".undo").disabled = !drawing.length;
  one(".redo").disabled = !undone.length;
}

function tell(at = null) {
  draw();
  stage.classList.add("busy");
  stage.setAttribute("aria-busy", "true");
  trigger("input", { picture, drawing, place: at, selected });
}

function add(stroke) {
  drawing = [...drawing, stroke];
  undone = [];
  selected = stroke.tool === "eraser" ? null : drawing.length - 1;
  tell(stroke.path[0]);
}

function strokeAt(at) {
  return { tool, color: color.value, width: penWidth(), path: [at] };
}

function undo() {
  if (!drawing.length) return;
  undone = [...undone, drawing.at(-1)];
  drawing = drawing.slice(0, -1);
  selected = null;
  tell();
}

function redo() {
  if (!undone.length) return;
  drawing = [...drawing, undone.at(-1)];
  undone = undone.slice(0, -1);
  selected = null;
  tell();
}

function suggest(colors) {
  one(".palette").replaceChildren(
    ...colors.map((value) => {
      const button = document.createElement("button");
      button.type = "button";
      button.style.background = value;
      button.setAttribute("aria-label", `${words.take} ${value}`);
      button.title = value;
      button.onclick = () => {
        color.value = value;
        recolor();
      };
      return button;
    })
  );
}

function recolor() {
  if (selected === null) return;
  drawing = drawing.map((stroke, number) =>
    number === selected ? { ...stroke, color: color.value } : stroke
  );
  undone = [];
  tell();
}

function show(value) {
  const there = Boolean(value && value.picture);
  all(".tools, .palette, .stage, .divide").forEach((part) => { part.hidden = !there; });
  const said = (value && value.said) || (there ? "" : props.empty);
  one(".said").textContent = words[said] || said;
  if (!there) { picture = null; return; }
  if (value.picture !== picture) {
    picture = value.picture;
    size = value.size;
    stage.style.setProperty("--ratio", size[0] / size[1]);
    drawing = [];
    undone = [];
    selected = null;
    suggest([]);
    one(".before").src = value.before;
    one(".before").alt = words.before;
    one(".after").alt = words.after;
    divide.value = 0;
  }
  if (value.drawing) { drawing = value.drawing; undone = []; selected = null; }
  if (value.after) one(".after").src = value.after;
  if (value.palette) suggest(value.palette);
  stage.classList.remove("busy");
  stage.removeAttribute("aria-busy");
  reveal();
  draw();
}

function reveal() {
  one(".before").style.clipPath = `inset(0 0 0 ${100 - Number(divide.value)}%)`;
}

stage.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  event.preventDefault();
  stage.focus({ preventScroll: true });
  cursor.hidden = true;
  path = strokeAt(place(event));
  stage.setPointerCapture(event.pointerId);
  draw();
});
stage.addEventListener("pointermove", (event) => {
  if (!path || tool === "point") return;
  path.path.push(place(event));
  draw();
});
stage.addEventListener("pointerup", () => {
  if (!path) return;
  const done = path;
  path = null;
  add(done);
});
stage.addEventListener("pointercancel", () => { path = null; draw(); });
stage.addEventListener("keydown", (event) => {
  const step = event.shiftKey ? 0.005 : 0.02;
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (event.key in way) {
    spot = spot.map((at, n) => Math.min(Math.max(at + step * way[event.key][n], 0), 1));
    cursor.hidden = false;
    cursor.style.left = `${100 * spot[0]}%`;
    cursor.style.top = `${100 * spot[1]}%`;
  } else if (event.key === "Enter" || event.key === " ") {
    add(strokeAt([spot[0] * size[0], spot[1] * size[1]]));
  } else return;
  event.preventDefault();
});
element.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey)) return;
  const key = event.key.toLowerCase();
  if (key === "y" || (key === "z" && event.shiftKey)) redo();
  else if (key === "z") undo();
  else return;
  event.preventDefault();
});
all("[data-tool]").forEach((button) => {
  button.onclick = () => {
    tool = button.dataset.tool;
    all("[data-tool]").forEach((other) =>
      other.setAttribute("aria-pressed", String(other === button))
    );
  };
});
color.addEventListener("change", recolor);
one(".undo").onclick = undo;
one(".redo").onclick = redo;
divide.addEventListener("input", reveal);
one(".after").addEventListener("load", draw);
new ResizeObserver(draw).observe(stage);
watch("value", () => show(props.value));
show(props.value);

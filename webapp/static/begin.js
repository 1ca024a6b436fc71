/* The guided start: shows the chosen template's colour, and takes the strongest colour out of a logo. Works without. */

const form = document.querySelector(".begin");
const own = form.elements.own_colour;

function paint(picture, colour) {
  picture.querySelector("rect").setAttribute("fill", colour);
}

function swatchOf(value) {
  return [...form.querySelectorAll(".swatch")].find((each) => each.querySelector("input").value === value);
}

function choose(colour) {
  own.value = colour;
  paint(swatchOf("own"), colour);
  swatchOf("own").querySelector("input").checked = true;
}

/* The colour of the most pixels among those that are opaque and neither grey, nearly black nor nearly white. */
function strongest(pixels) {
  const found = new Map();
  for (let at = 0; at < pixels.length; at += 4) {
    const [red, green, blue, alpha] = pixels.slice(at, at + 4);
    const high = Math.max(red, green, blue);
    const low = Math.min(red, green, blue);
    if (alpha < 200 || high - low < 40 || high < 50 || low > 225) continue;
    const name = [red, green, blue].map((part) => part >> 5).join();
    const kept = found.get(name) ?? { count: 0, sum: [0, 0, 0] };
    kept.count += 1;
    [red, green, blue].forEach((part, index) => { kept.sum[index] += part; });
    found.set(name, kept);
  }
  const best = [...found.values()].sort((one, other) => other.count - one.count)[0];
  if (!best) return "";
  return "#" + best.sum.map((part) => Math.round(part / best.count).toString(16).padStart(2, "0")).join("");
}

async function colourOf(file) {
  const bitmap = await createImageBitmap(file, { resizeWidth: 96, resizeHeight: 96 });
  const canvas = new OffscreenCanvas(96, 96);
  const drawing = canvas.getContext("2d");
  drawing.drawImage(bitmap, 0, 0);
  return strongest(drawing.getImageData(0, 0, 96, 96).data);
}

form.elements.logo.addEventListener("change", async (event) => {
  const file = event.target.files[0];
  if (!file) return;
  try {
    const colour = await colourOf(file);
    if (colour) choose(colour);
  } catch {
    /* A format that this browser cannot draw (SVG among them): the colour is picked by hand. */
  }
});

own.addEventListener("input", () => choose(own.value));

form.addEventListener("change", (event) => {
  if (event.target.name === "starter") paint(document.querySelector("#template-colour"), event.target.dataset.colour);
});

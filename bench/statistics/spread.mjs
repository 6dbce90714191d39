// What scores of the images of a check vary by: the part that is the same under every seed, and the rest. What plans assume
// of mean IoU comes from the two segmentation examples over 24 seeds.
// Usage: layer-vitals check CONFIG --seeds 24 --json evidence.json; node bench/statistics/spread.mjs evidence.json
import { readFileSync } from 'node:fs';

const { runs } = JSON.parse(readFileSync(process.argv[2], 'utf8')).evidence;
const arms = [...new Set(runs.map(({ arm }) => arm))];
const of = (arm) => runs.filter((run) => run.arm === arm);

for (const arm of arms) {
  // Runs on other splits are taken for runs of two arms that are treated the same.
  const chance = mean([...byImage(of(arm).map(({ outcomes: { examples, scores } }) => ({ examples, values: scores }))).values()].map((values) => 2 * variance(values)));
  print(`${arm} against itself`, { images: 0, chance });
}
for (const arm of arms.slice(1)) {
  const differences = of(arms[0]).map(({ seed, outcomes: { examples, scores } }) => {
    const twin = of(arm).find((run) => run.seed === seed);
    return { examples, values: scores.map((score, image) => score - twin.outcomes.scores[image]) };
  });
  const images = [...byImage(differences).values()];
  const chance = mean(images.map(variance));
  print(`${arms[0]} against ${arm}`, { images: variance(images.map(mean)) - chance / images[0].length, chance });
}

function byImage(judged) {
  const found = new Map();
  for (const { examples, values } of judged) examples.forEach((image, at) => found.set(image, [...(found.get(image) ?? []), values[at]]));
  return found;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values) {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

function print(what, { images, chance }) {
  process.stdout.write(`${what}: ${images.toFixed(4)} of images, ${chance.toFixed(4)} by chance\n`);
}

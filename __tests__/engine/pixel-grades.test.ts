import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import { gradePixels } from '../../src/engine/pixel-grades.ts';
import * as tf from '../../src/engine/tf.ts';

const UNLABELLED = 255;

beforeAll(() => startBackend('wasm'));

/** By the definition, pixel for pixel. */
function reference(logits: Float32Array, labels: Uint8Array, classes: number) {
  const grades = { entropy: 0, intersections: new Array<number>(classes).fill(0), unions: new Array<number>(classes).fill(0) };
  labels.forEach((label, pixel) => {
    if (label === UNLABELLED) return;
    const row = [...logits.subarray(pixel * classes, (pixel + 1) * classes)];
    const largest = Math.max(...row.filter((logit) => !Number.isNaN(logit)), -Infinity);
    grades.entropy += largest - row[label]! + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
    const answers = row.flatMap((logit, other) => (logit === largest ? [other] : []));
    const answer = answers.length === 1 && row.every(Number.isFinite) ? answers[0]! : null;
    grades.unions[label]!++;
    if (answer === label) grades.intersections[label]!++;
    else if (answer !== null) grades.unions[answer]!++;
  });
  return grades;
}

function gradesOf(logits: Float32Array, labels: Uint8Array, images: number, classes: number) {
  const tensor = tf.tensor(logits, [images, labels.length / images, 1, classes]);
  const grades = gradePixels(tensor, labels, UNLABELLED);
  tensor.dispose();
  return grades.map(({ entropy, intersections, unions }) => ({ entropy, intersections: [...intersections], unions: [...unions] }));
}

describe('grades of pixels', () => {
  test('are those of the definition, for each image of a batch', () => {
    const cases = fc.record({ images: fc.integer({ min: 1, max: 3 }), pixels: fc.integer({ min: 1, max: 7 }), classes: fc.integer({ min: 2, max: 6 }) }).chain(({ images, pixels, classes }) =>
      fc.record({
        images: fc.constant(images),
        classes: fc.constant(classes),
        labels: fc.array(fc.oneof({ weight: 5, arbitrary: fc.nat(classes - 1) }, { weight: 1, arbitrary: fc.constant(UNLABELLED) }), { minLength: images * pixels, maxLength: images * pixels }),
        // Whole numbers tie.
        logits: fc.array(fc.oneof({ weight: 6, arbitrary: fc.float({ min: -90, max: 90, noNaN: true }) }, { weight: 3, arbitrary: fc.integer({ min: -2, max: 2 }) }, { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -1000) }), { minLength: images * pixels * classes, maxLength: images * pixels * classes }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ images, classes, ...drawn }) => {
        const [logits, labels] = [Float32Array.from(drawn.logits), Uint8Array.from(drawn.labels)];
        const pixels = labels.length / images;
        gradesOf(logits, labels, images, classes).forEach(({ entropy, ...counts }, image) => {
          const expected = reference(logits.subarray(image * pixels * classes, (image + 1) * pixels * classes), labels.subarray(image * pixels, (image + 1) * pixels), classes);
          expect(counts).toEqual({ intersections: expected.intersections, unions: expected.unions });
          if (Number.isFinite(expected.entropy)) expect(Math.abs(entropy - expected.entropy)).toBeLessThanOrEqual(1e-13 * (1 + expected.entropy));
          else expect(entropy).toBe(expected.entropy);
        });
      }),
      { numRuns: 500 },
    );
  });

  test('add up over many pixels, whose product of exponentials no double could hold', () => {
    const pixels = 3000;
    const [{ entropy } = { entropy: NaN }] = gradesOf(new Float32Array(3 * pixels), new Uint8Array(pixels), 1, 3);
    expect(Math.abs(entropy / (pixels * Math.log(3)) - 1)).toBeLessThan(1e-13);
  });

  test('have the logarithm to the last bits of a double', () => {
    for (let classes = 2; classes <= 200; classes++) {
      const logits = Float32Array.from({ length: classes }, (_, other) => (other === 0 ? 0 : -other / 7));
      const [{ entropy } = { entropy: NaN }] = gradesOf(logits, Uint8Array.of(0), 1, classes);
      const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
      expect(Math.abs(entropy / Math.log(sum) - 1)).toBeLessThan(1e-14);
    }
  });
});

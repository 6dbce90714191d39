import { mendMethod, onlyShape } from './classes.ts';

/**
 * The side that Reshape leaves open follows from the others, as in Keras. tfjs-layers 4.22 counts the batch as one
 * more unknown and leaves the side open, so that no layer with weights can follow.
 */
export function mendReshape(): void {
  mendMethod('Reshape', 'computeOutputShape', (layer, stock, inputShape) => {
    const [batch, ...sides] = onlyShape(inputShape);
    if (sides.some((side) => side === null)) return stock(layer, inputShape);
    const [, ...reshaped] = onlyShape(stock(layer, [1, ...sides]));
    return [batch!, ...reshaped];
  });
}

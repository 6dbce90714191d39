/**
 * AssemblyScript compiles a generic function anew for each type, and for nothing else: these types stand for numbers
 * that a kernel must know when it is compiled.
 */
export type One = i8;
export type Two = i16;
export type Three = i32;
export type Five = i64;

/** Whether all that a tile meets lies inside of the image. */
export type Inside = u8;
export type Edge = bool;

/** The number that a type stands for. */
@inline
export function literal<N>(): i32 {
  return sizeof<N>() < 4 ? <i32>sizeof<N>() : sizeof<N>() == 4 ? 3 : 5;
}

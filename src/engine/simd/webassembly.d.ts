/** The part of WebAssembly's JavaScript interface that is used here; TypeScript has it only among the types of browsers. */
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
    /** Adds pages of 64 KiB. */
    grow(pages: number): number;
  }
  const Memory: new (limits: { initial: number; maximum?: number }) => Memory;
  interface Module {
    readonly kind?: 'module';
  }
  interface Instance {
    readonly exports: Record<string, unknown>;
  }
  function validate(binary: Uint8Array): boolean;
  const Module: new (binary: Uint8Array) => Module;
  const Instance: new (module: Module, imports: Record<string, Record<string, Memory>>) => Instance;
}

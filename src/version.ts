declare const __VERSION__: string | undefined;

/** Version of layer-vitals; the build writes it in from package.json. */
export const VERSION = typeof __VERSION__ === 'undefined' ? 'source' : __VERSION__;

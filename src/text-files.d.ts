/** Text of a file; the build puts it into the bundle. */
declare module '*.md' {
  const text: string;
  // eslint-disable-next-line no-restricted-syntax -- what esbuild makes of a text file
  export default text;
}
declare module '*.yml' {
  const text: string;
  // eslint-disable-next-line no-restricted-syntax -- what esbuild makes of a text file
  export default text;
}
declare module '*.css' {
  const text: string;
  // eslint-disable-next-line no-restricted-syntax -- what esbuild makes of a text file
  export default text;
}

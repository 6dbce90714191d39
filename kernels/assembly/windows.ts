/** Windows that slide over images of shape [batch, height, width, channels], as the calls that follow use them. */
export let batch: i32 = 0;
export let height: i32 = 0;
export let width: i32 = 0;
export let channels: i32 = 0;
/** Number of windows. */
export let high: i32 = 0;
export let wide: i32 = 0;
export let tapsHigh: i32 = 0;
export let tapsWide: i32 = 0;
export let strideHigh: i32 = 0;
export let strideWide: i32 = 0;
export let dilationHigh: i32 = 0;
export let dilationWide: i32 = 0;
export let top: i32 = 0;
export let left: i32 = 0;

/**
 * Window (oy, ox) meets the image at row oy * stride - top + ky * dilation for tap ky, and likewise for columns;
 * what lies outside of the image is padding.
 */
export function setWindows(
  n: i32, imageHeight: i32, imageWidth: i32, imageChannels: i32, windowsHigh: i32, windowsWide: i32,
  filterHeight: i32, filterWidth: i32, strideY: i32, strideX: i32, dilationY: i32, dilationX: i32, padTop: i32, padLeft: i32,
): void {
  batch = n;
  height = imageHeight;
  width = imageWidth;
  channels = imageChannels;
  high = windowsHigh;
  wide = windowsWide;
  tapsHigh = filterHeight;
  tapsWide = filterWidth;
  strideHigh = strideY;
  strideWide = strideX;
  dilationHigh = dilationY;
  dilationWide = dilationX;
  top = padTop;
  left = padLeft;
}

/** Row or column of the window whose tap meets `at`; -1 where there is none. */
export function windowAt(at: i32, tap: i32, stride: i32, dilation: i32, padding: i32, count: i32): i32 {
  const start = at + padding - tap * dilation;
  if (start < 0 || start % stride != 0) return -1;
  const window = start / stride;
  return window < count ? window : -1;
}

export type ImageKind = 'png' | 'jpeg';

export interface ImageHeader {
  readonly kind: ImageKind;
  readonly height: number;
  readonly width: number;
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Kind and size of an image, read from its first bytes before anything is decoded; null where it is neither PNG nor JPEG. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | null {
  if (PNG_SIGNATURE.every((byte, index) => bytes[index] === byte)) return readPngHeader(bytes);
  return bytes[0] === 0xff && bytes[1] === 0xd8 ? readJpegHeader(bytes) : null;
}

/** The IHDR chunk comes first: https://www.w3.org/TR/png/#11IHDR */
function readPngHeader(bytes: Uint8Array): ImageHeader | null {
  if (bytes.length < 24) return null;
  const view = viewOf(bytes);
  return { kind: 'png', width: view.getUint32(16), height: view.getUint32(20) };
}

/** Walks the segments to the start of frame: ITU-T T.81, B.1.1 and B.2.2. */
function readJpegHeader(bytes: Uint8Array): ImageHeader | null {
  const view = viewOf(bytes);
  let offset = 2;
  while (offset + 9 <= bytes.length && bytes[offset] === 0xff) {
    const marker = view.getUint8(offset + 1);
    if (marker === 0xff) offset += 1;
    else if (isStandalone(marker)) offset += 2;
    else if (isStartOfFrame(marker)) return { kind: 'jpeg', height: view.getUint16(offset + 5), width: view.getUint16(offset + 7) };
    else offset += 2 + view.getUint16(offset + 2);
  }
  return null;
}

function isStandalone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

/** C0 to CF but for DHT (C4), JPG (C8) and DAC (CC). */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

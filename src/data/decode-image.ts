import { decode as decodeJpeg } from 'jpeg-js';
import { UserError } from '../errors.ts';
import { type DecodedImage, decodePng } from './decode-png.ts';
import { type ImageHeader, readImageHeader } from './image-header.ts';

/** Photos of common cameras are smaller; beyond this, a small file could still ask for gigabytes. */
const MOST_MEGAPIXELS = 25;
/** jpeg-js takes about 22 bytes per pixel. */
const JPEG_MEMORY_MB = 1024;

const LFS_POINTER = 'version https://git-lfs';

/**
 * Decodes a PNG or JPEG by its content, whatever it is called. The orientation that a camera noted in EXIF is not
 * applied: the training pipelines of Keras and torchvision do not apply it either.
 *
 * @param file for messages
 * @throws UserError that names the file, where it is empty, a Git LFS pointer, of another kind, damaged or too large
 */
export function decodeImage(file: string, bytes: Uint8Array): DecodedImage {
  const { kind } = requireHeader(file, bytes);
  return decoded(file, () => (kind === 'png' ? decodePng(bytes) : fromJpeg(bytes)));
}

/**
 * What `decode` returns.
 *
 * @throws UserError that names the file, where it throws
 */
export function decoded<Result>(file: string, decode: () => Result): Result {
  try {
    return decode();
  } catch (error) {
    // Decoders throw whatever a damaged file makes them stumble over.
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError('image-damaged', `${file}: cannot be decoded: ${reason.replace(/[.:\s]+$/, '')}.`, 'Replace or remove it.', { cause: error });
  }
}

/** @throws UserError that names the file, where it is empty, a Git LFS pointer, of another kind or too large */
export function requireHeader(file: string, bytes: Uint8Array): ImageHeader {
  const header = headerOf(file, bytes);
  const { height, width } = header;
  if (width * height > MOST_MEGAPIXELS * 1e6) {
    throw new UserError('image-size', `${file}: ${width} x ${height} pixels are too many.`, `Scale it down; ${MOST_MEGAPIXELS} megapixels are the most.`);
  }
  return header;
}

function headerOf(file: string, bytes: Uint8Array): ImageHeader {
  if (bytes.length === 0) throw new UserError('image-empty', `${file}: the file is empty.`, 'Replace or remove it.');
  if (new TextDecoder().decode(bytes.subarray(0, LFS_POINTER.length)) === LFS_POINTER) {
    throw new UserError('lfs-pointer', `${file}: a Git LFS pointer, not the image itself.`, 'Set `lfs: true` in the checkout step, or run `git lfs pull`.');
  }
  const header = readImageHeader(bytes);
  if (!header) throw new UserError('image-kind', `${file}: neither PNG nor JPEG by its content.`, 'Convert it to PNG or JPEG, or remove it.');
  return header;
}

function fromJpeg(bytes: Uint8Array): DecodedImage {
  const { height, width, data } = decodeJpeg(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: MOST_MEGAPIXELS,
    maxMemoryUsageInMB: JPEG_MEMORY_MB,
  });
  return { height, width, pixels: data, transparent: false };
}

/** What is provisioned: one TensorFlow, one tfjs-node, pinned, because kernels and addon were tried with these. */
export const TFJS_VERSION = '4.22.0';
export const TENSORFLOW_VERSION = '2.21.0';

/** Headers of Node-API as a package: a Node without its headers, or of another version, builds the same addon. */
export const NODE_API_HEADERS_VERSION = '1.9.0';

/**
 * The wheel of tensorflow-cpu whose two libraries are used. The one for Python 3.12 is asked for on every machine, so
 * that there is one checksum; the libraries in it do not depend on Python.
 */
export const WHEEL = {
  file: `tensorflow_cpu-${TENSORFLOW_VERSION}-cp312-cp312-manylinux_2_27_x86_64.whl`,
  sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
  bytes: 274_000_871,
  pipArguments: ['--only-binary=:all:', '--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312', '--platform', 'manylinux_2_27_x86_64'],
} as const;

/** Bytes of both libraries once unpacked, and of the npm packages. */
export const LIBRARY_BYTES = 853_308_936;
export const PACKAGE_BYTES = 320_000_000;

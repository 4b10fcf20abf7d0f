// Why TLS does not begin: here, because a file named is not what it was when the configuration was checked; or at a
// target, in words for the access line. Node's own words advise to start Node otherwise.

export class GateFailure extends Error {
  readonly code = 'tls-unusable';
}

const unknownSigner = 'its certificate is signed by nobody that is trusted here';
const words: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownSigner,
  UNABLE_TO_GET_ISSUER_CERT: unknownSigner,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownSigner,
  SELF_SIGNED_CERT_IN_CHAIN: unknownSigner,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownSigner,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate does not hold the name that was asked for',
};

/** Of a handshake with a target. */
export function handshakeError(error: Error): Error {
  const code = 'code' in error ? String(error.code) : '';
  return new Error(`TLS: ${words[code] ?? error.message}`, { cause: error });
}

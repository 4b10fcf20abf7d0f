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

/** Of a handshake with a target. OpenSSL's own sentence holds addresses of memory and files; its `reason` is what it means. */
export function handshakeError(error: Error): Error {
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
  return new Error(`TLS: ${isCertificateRefused(error) ? refused : (words[codeOf(error)] ?? reason)}`, {
    cause: error,
  });
}

/**
 * The target does not take our certificate, or misses one. In TLS 1.3 it says so when the handshake is over for us and a
 * request may be under way; but it reads certificates before all else (RFC 8446 section 4.4), so it has not seen that.
 */
export function isCertificateRefused(error: Error): boolean {
  const code = codeOf(error);
  return code.startsWith('ERR_SSL_') && certificateAlerts.some((alert) => code.endsWith(alert));
}

const refused = 'it refuses our certificate, or wants one';
const certificateAlerts = [
  'ALERT_CERTIFICATE_REQUIRED',
  'ALERT_BAD_CERTIFICATE',
  'ALERT_UNSUPPORTED_CERTIFICATE',
  'ALERT_CERTIFICATE_REVOKED',
  'ALERT_CERTIFICATE_EXPIRED',
  'ALERT_CERTIFICATE_UNKNOWN',
  'ALERT_UNKNOWN_CA',
];

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

// What can be odd about a multipart body, one flag each, as ModSecurity 2.9 names them. The shaping decision: the flags
// are set where a line is read and judged by rules, never here.

/** True where the body is odd in this way. */
export interface MultipartFlags {
  error: boolean;
  boundaryQuoted: boolean;
  boundaryWhitespace: boolean;
  dataBefore: boolean;
  dataAfter: boolean;
  headerFolding: boolean;
  lfLine: boolean;
  crlfLine: boolean; // not odd: with `lfLine` it makes MULTIPART_CRLF_LF_LINES
  missingSemicolon: boolean;
  invalidQuoting: boolean;
  invalidPart: boolean;
  invalidHeaderFolding: boolean;
  fileLimitExceeded: boolean;
  unmatchedBoundary: boolean; // not part of the strict error
}

/** MULTIPART_STRICT_ERROR. */
export function isStrictError(flags: Readonly<MultipartFlags>): boolean {
  const { crlfLine: _usual, unmatchedBoundary: _apart, ...strict } = flags;
  return Object.values(strict).some(Boolean);
}

export const noFlags = (): MultipartFlags => ({
  error: false,
  boundaryQuoted: false,
  boundaryWhitespace: false,
  dataBefore: false,
  dataAfter: false,
  headerFolding: false,
  lfLine: false,
  crlfLine: false,
  missingSemicolon: false,
  invalidQuoting: false,
  invalidPart: false,
  invalidHeaderFolding: false,
  fileLimitExceeded: false,
  unmatchedBoundary: false,
});

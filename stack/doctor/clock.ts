// Whether somebody keeps the clock right, as the kernel knows: ntp_gettime(3) says that it does not run free. It is the
// same for every program that may set it (chrony, ntpd, systemd-timesyncd) and true inside containers, where none of them
// can be seen. The C library is called through node:ffi; where it cannot be, nothing is known and nothing is said.

const clockRunsFree = 5; // TIME_ERROR in the kernel's uapi/linux/timex.h
const structBytes = 256; // struct ntptimeval has at most 72

export async function isClockKept(): Promise<boolean | undefined> {
  try {
    const { dlopen } = await import('node:ffi');
    const { functions } = dlopen(null, { ntp_gettime: { return: 'i32', arguments: ['buffer'] } });
    const state = functions.ntp_gettime(Buffer.alloc(structBytes));
    return typeof state === 'number' && state >= 0 ? state !== clockRunsFree : undefined;
  } catch {
    return undefined;
  }
}

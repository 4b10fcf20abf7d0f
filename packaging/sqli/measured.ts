// Fingerprints that ModSecurity 2.9.7 calls an attack and the oracle does not: its fork of libinjection has dropped them,
// most for being found in plain text. The shaping decision: CRS and its tests are written for ModSecurity, so they stay.
// They were found by asking the package of Debian 12 (libapache2-mod-security2) the same five million texts; nothing that
// the oracle finds was missing there.

export const measuredFingerprints: readonly string[] = `
&NO(N 1&(S& 1&1KN 1&NKN 1&NOV 1&NTN 1)C 1)O(N 1)O(V 1)O1 1C 1KN&1 1KN&N 1KVC 1N(VO 1NENO 1O(N) 1OF(1 1OV 1OVC 1TNKN
E1NKN EF(N) EKNKN EN,F( EN1OF ENK(N ENKNB ENKNK EOKNK EVN F()1N F(1) F(N) F(N)K F(N)O F(NOS K(N)O KNK(N N&(N& N&(N)
N&(NO N&(S& N&(SO N&1 N&1OF N&KNK N&N)& N&N)O N&NK1 N&NO( N&NOF N&NOS N&SBN N&SO( N&SO1 N&SON N&SOS N)&(N N)ON;
N)ONC N)OV N,F(1 N1O(1 N1O(N N1OS1 NB1 NBN&N NBNKN NC NE(N) NENTN NF(1) NK(1) NK1&N NK1OF NKN&F NO(1O NO(N& NO(N,
NO(NO NO(S) NO(V) NOF(1 NOF(N NOK(1 NOK(F NOK(N NOS&( NOS&N NOS&S NOS; NOV; NOV;N NOVC NTENN NTN1O NTNEN NTNKN NTNN:
NTNNO NTNTN NTTNN NU(1) NU(N) S&(N& S&(N) S&(S& S&1 S&N S&N)& S&NO( S&NOS S&S)& S&SO1 S,(N) S1VC SBS SBSKS SF(N)
SKN&N SKSBS SO(N) SO1&N SO1&S SON&N SON&S SON(1 SON); SON;N SOS STNKN STNN: SU(N) SUONS VOS VTNKN
`
  .trim()
  .split(/\s+/);

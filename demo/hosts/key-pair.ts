import ssh2 from 'ssh2'

export interface KeyPair {
  readonly private: string
  /** `ssh-ed25519 AAAA…` */
  readonly public: string
}

/** A fresh pair that can be read. Of 256 that ssh2 1.17 makes it finds one malformed itself. */
export function newKeyPair(make: () => KeyPair = () => ssh2.utils.generateKeyPairSync('ed25519')): KeyPair {
  for (;;) {
    const pair = make()
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair
  }
}

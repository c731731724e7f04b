package decoders

// itemNames are the names of the items of COSE structures (RFC 9052 §4 to §6).
func itemNames(v vocabulary) []string {
	switch v {
	case vSign1:
		return []string{"protected", "unprotected", "payload", "signature"}
	case vSign:
		return []string{"protected", "unprotected", "payload", "signatures"}
	case vMac0:
		return []string{"protected", "unprotected", "payload", "tag"}
	case vMac:
		return []string{"protected", "unprotected", "payload", "tag", "recipients"}
	case vEncrypt0:
		return []string{"protected", "unprotected", "ciphertext"}
	case vEncrypt, vRecipient:
		return []string{"protected", "unprotected", "ciphertext", "recipients"}
	case vAuthData:
		return []string{
			"rpIdHash", "flags", "signCount", "aaguid", "credentialIdLength", "credentialId", "credentialPublicKey", "extensions", "rest",
		}
	case vSigner:
		return []string{"protected", "unprotected", "signature"}
	default:
		return nil
	}
}

func itemName(v vocabulary, i int) string {
	if names := itemNames(v); i < len(names) {
		return names[i]
	}
	return ""
}

// keyName is the registered name of a key in a map of the vocabulary, "" for others.
func keyName(v vocabulary, key int64) string {
	switch v {
	case vHeader:
		return headerName(key)
	case vClaims:
		return claimName(key)
	case vConfirm:
		return map[int64]string{1: "COSE_Key", 2: "Encrypted_COSE_Key", 3: "kid"}[key]
	case vKeyOKP, vKeyEC2, vKeyRSA, vKeySymmetric:
		if key > 0 {
			return map[int64]string{1: "kty", 2: "kid", 3: "alg", 4: "key_ops", 5: "Base IV"}[key]
		}
		return keyParameter(v, key)
	default:
		return ""
	}
}

// headerName follows IANA's registry "COSE Header Parameters".
func headerName(key int64) string {
	return map[int64]string{
		1: "alg", 2: "crit", 3: "content type", 4: "kid", 5: "IV", 6: "Partial IV", 7: "counter signature",
		9: "CounterSignature0", 10: "kid context", 11: "Countersignature version 2", 12: "Countersignature0 version 2",
		13: "kcwt", 14: "kccs", 15: "CWT Claims", 16: "typ", 32: "x5bag", 33: "x5chain", 34: "x5t", 35: "x5u",
		-1: "ephemeral key", -2: "static key", -3: "static key id", -20: "salt", -21: "PartyU identity",
		-22: "PartyU nonce", -23: "PartyU other", -24: "PartyV identity", -25: "PartyV nonce", -26: "PartyV other",
	}[key]
}

// claimName follows IANA's registry "CBOR Web Token (CWT) Claims".
func claimName(key int64) string {
	return map[int64]string{
		1: "iss", 2: "sub", 3: "aud", 4: "exp", 5: "nbf", 6: "iat", 7: "cti", 8: "cnf", 9: "scope", 10: "Nonce",
		38: "ace_profile", 39: "cnonce", 40: "exi", 256: "UEID", 257: "SUEIDs", 258: "oemid", 259: "hwmodel",
		260: "hwversion", 261: "uptime", 262: "oemboot", 263: "dbgstat", 264: "location", 265: "eat_profile",
		266: "submods", 267: "bootcount", 268: "bootseed", 269: "dloas", 270: "swname", 271: "swversion",
		272: "manifests", 273: "measurements", 274: "measres", 275: "intuse",
	}[key]
}

// keyParameter follows IANA's registry "COSE Key Type Parameters".
func keyParameter(v vocabulary, key int64) string {
	switch v {
	case vKeyOKP:
		return map[int64]string{-1: "crv", -2: "x", -4: "d"}[key]
	case vKeyEC2:
		return map[int64]string{-1: "crv", -2: "x", -3: "y", -4: "d"}[key]
	case vKeyRSA:
		return map[int64]string{-1: "n", -2: "e", -3: "d", -4: "p", -5: "q", -6: "dP", -7: "dQ", -8: "qInv"}[key]
	case vKeySymmetric:
		return map[int64]string{-1: "k"}[key]
	default:
		return ""
	}
}

// valueName is the registered name of an integer under a key: an algorithm, a type of key, a curve.
func valueName(v vocabulary, key, value int64) string {
	isKey := v >= vKeyOKP && v <= vKeySymmetric
	switch {
	case v == vHeader && key == 1, isKey && key == 3:
		return algorithmName(value)
	case isKey && key == 1:
		return map[int64]string{1: "OKP", 2: "EC2", 3: "RSA", 4: "Symmetric"}[value]
	case (v == vKeyOKP || v == vKeyEC2) && key == -1:
		return map[int64]string{
			1: "P-256", 2: "P-384", 3: "P-521", 4: "X25519", 5: "X448", 6: "Ed25519", 7: "Ed448", 8: "secp256k1",
		}[value]
	}
	return ""
}

// algorithmName follows IANA's registry "COSE Algorithms" (RFC 9053, RFC 8812, RFC 9864).
func algorithmName(alg int64) string {
	if name := signingName(alg); name != "" {
		return name
	}
	return map[int64]string{
		1: "A128GCM", 2: "A192GCM", 3: "A256GCM", 4: "HMAC 256/64", 5: "HMAC 256/256", 6: "HMAC 384/384",
		7: "HMAC 512/512", 10: "AES-CCM-16-64-128", 11: "AES-CCM-16-64-256", 12: "AES-CCM-64-64-128",
		13: "AES-CCM-64-64-256", 14: "AES-MAC 128/64", 15: "AES-MAC 256/64", 24: "ChaCha20/Poly1305",
		25: "AES-MAC 128/128", 26: "AES-MAC 256/128", 30: "AES-CCM-16-128-128", 31: "AES-CCM-16-128-256",
		32: "AES-CCM-64-128-128", 33: "AES-CCM-64-128-256",
		-3: "A128KW", -4: "A192KW", -5: "A256KW", -6: "direct", -10: "direct+HKDF-SHA-256",
		-11: "direct+HKDF-SHA-512", -12: "direct+HKDF-AES-128", -13: "direct+HKDF-AES-256",
		-25: "ECDH-ES + HKDF-256", -26: "ECDH-ES + HKDF-512", -27: "ECDH-SS + HKDF-256", -28: "ECDH-SS + HKDF-512",
		-29: "ECDH-ES + A128KW", -30: "ECDH-ES + A192KW", -31: "ECDH-ES + A256KW", -32: "ECDH-SS + A128KW",
		-33: "ECDH-SS + A192KW", -34: "ECDH-SS + A256KW", -40: "RSAES-OAEP w/ SHA-1", -41: "RSAES-OAEP w/ SHA-256",
		-42: "RSAES-OAEP w/ SHA-512", -14: "SHA-1", -15: "SHA-256/64", -16: "SHA-256", -17: "SHA-512/256",
		-18: "SHAKE128", -43: "SHA-384", -44: "SHA-512", -45: "SHAKE256",
	}[alg]
}

// signingName has the algorithms of signatures.
func signingName(alg int64) string {
	return map[int64]string{
		-7: "ES256", -8: "EdDSA", -9: "ESP256", -19: "Ed25519", -35: "ES384", -36: "ES512", -37: "PS256",
		-38: "PS384", -39: "PS512", -46: "HSS-LMS", -47: "ES256K", -48: "ML-DSA-44", -49: "ML-DSA-65",
		-50: "ML-DSA-87", -51: "ESP384", -52: "ESP512", -53: "Ed448", -257: "RS256", -258: "RS384", -259: "RS512",
		-65535: "RS1",
	}[alg]
}

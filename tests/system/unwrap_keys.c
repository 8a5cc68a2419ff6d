/* Prints every data key of a key file: slot, as it lies there, as it is used; in hexadecimal. For
 * tests that search for keys that should be gone. Reads keys.bin and master.key. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { NONCE = 24, KEY = 32, SLOT = NONCE + KEY + 16 };

int main(int argc, char **argv)
{
	unsigned char slot[SLOT], key[KEY], master[KEY], number[4];
	char hex[2 * SLOT + 1], digits[2 * KEY + 2] = "";

	if (argc != 3 || sodium_init() < 0)
		return 2;
	FILE *keys = fopen(argv[1], "rb"), *file = fopen(argv[2], "r");
	if (!keys || !file || !fgets(digits, sizeof(digits), file) ||
		sodium_hex2bin(master, KEY, digits, 2 * KEY, NULL, NULL, NULL))
		return 2;
	for (unsigned n = 0; fread(slot, 1, SLOT, keys) == SLOT; n++) {
		for (int i = 0; i < 4; i++)
			number[i] = (unsigned char)(n >> (24 - 8 * i));
		if (sodium_is_zero(slot, SLOT) ||
			crypto_aead_xchacha20poly1305_ietf_decrypt(key, NULL, NULL, slot + NONCE,
				SLOT - NONCE, number, sizeof(number), slot, master))
			continue;
		printf("%u %s", n, sodium_bin2hex(hex, sizeof(hex), slot, SLOT));
		printf(" %s\n", sodium_bin2hex(hex, sizeof(hex), key, KEY));
	}
	return 0;
}

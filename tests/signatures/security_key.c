/* A security key for OpenSSH that is a program: what real ones do in hardware, SECURITY_KEY_PROGRAM does.
 *
 * Built as a shared library and named in SSH_SK_PROVIDER. The interface is that of OpenSSH's sk-api.h,
 * version 10 (OpenSSH 8.9 and later). Only Ed25519.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 0x000a0000
#define GENERAL_ERROR (-1)
#define UNSUPPORTED (-2)
#define ED25519 1
#define SEED 32
#define PUBLIC 32
#define SIGNATURE 64

struct sk_option;

struct sk_enroll_response {
    uint8_t flags;
    uint8_t *public_key;
    size_t public_key_len;
    uint8_t *key_handle;
    size_t key_handle_len;
    uint8_t *signature;
    size_t signature_len;
    uint8_t *attestation_cert;
    size_t attestation_cert_len;
    uint8_t *authdata;
    size_t authdata_len;
};

struct sk_sign_response {
    uint8_t flags;
    uint32_t counter;
    uint8_t *sig_r;
    size_t sig_r_len;
    uint8_t *sig_s;
    size_t sig_s_len;
};

static void as_hex(const uint8_t *bytes, size_t length, char *out)
{
    for (size_t at = 0; at < length; at++)
        sprintf(out + 2 * at, "%02x", bytes[at]);
}

/* What the program prints in hex for these words, as so many bytes; NULL if it fails. */
static uint8_t *ask(const char *words, size_t length)
{
    const char *program = getenv("SECURITY_KEY_PROGRAM");
    char *line = program ? malloc(strlen(program) + strlen(words) + 2) : NULL;
    uint8_t *bytes = calloc(1, length);
    FILE *pipe;
    size_t at = 0;
    unsigned value;

    if (!line || !bytes)
        return NULL;
    sprintf(line, "%s %s", program, words);
    pipe = popen(line, "r");
    free(line);
    while (pipe && at < length && fscanf(pipe, "%2x", &value) == 1)
        bytes[at++] = (uint8_t)value;
    if (!pipe || pclose(pipe) || at < length) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

uint32_t sk_api_version(void)
{
    return VERSION;
}

int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application,
              uint8_t flags, const char *pin, struct sk_option **options,
              struct sk_enroll_response **response)
{
    uint8_t *both = alg == ED25519 ? ask("make", SEED + PUBLIC) : NULL;
    struct sk_enroll_response *made = calloc(1, sizeof *made);

    (void)challenge, (void)challenge_len, (void)application, (void)pin, (void)options;
    if (alg != ED25519)
        return UNSUPPORTED;
    if (!both || !made)
        return GENERAL_ERROR;
    made->flags = flags;
    made->key_handle = both;
    made->key_handle_len = SEED;
    made->public_key = malloc(PUBLIC);
    made->public_key_len = PUBLIC;
    memcpy(made->public_key, both + SEED, PUBLIC);
    *response = made;
    return 0;
}

int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
            const uint8_t *key_handle, size_t key_handle_len, uint8_t flags, const char *pin,
            struct sk_option **options, struct sk_sign_response **response)
{
    struct sk_sign_response *made = calloc(1, sizeof *made);
    size_t named = strlen(application);
    char *words = malloc(2 * (data_len + key_handle_len + named) + 64);
    char *end = words;

    (void)pin, (void)options;
    if (alg != ED25519)
        return UNSUPPORTED;
    if (!made || !words)
        return GENERAL_ERROR;
    made->flags = flags;
    made->counter = 7;
    end += sprintf(end, "sign %u %u ", flags, made->counter);
    as_hex(key_handle, key_handle_len, end);
    end = strchr(end, 0);
    *end++ = ' ';
    as_hex((const uint8_t *)application, named, end);
    end = strchr(end, 0);
    *end++ = ' ';
    as_hex(data, data_len, end);
    made->sig_r = ask(words, SIGNATURE);
    made->sig_r_len = SIGNATURE;
    free(words);
    *response = made;
    return made->sig_r ? 0 : GENERAL_ERROR;
}

int sk_load_resident_keys(const char *pin, struct sk_option **options, void ***keys, size_t *count)
{
    (void)pin, (void)options, (void)keys, (void)count;
    return UNSUPPORTED;
}

/* A PKCS#11 module that passes every call on to another one, and fails as the file CONTROL says: a return value in
 * hexadecimal, `empty` for a success that gives nothing, `hang` until the file says otherwise. Before a key is used it is
 * given the rights that the file RIGHTS names: 1 to encrypt and decrypt, 0 to do neither.
 * Parameters of PKCS#11 are words of a register each, so that one wrapper serves functions of up to five. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long word;
typedef word (*call)(word, word, word, word, word);
struct list {
  unsigned char version[2];
  call at[68];
};

static struct list *real;
static struct list shown;

static word fault(void) {
  for (;;) {
    char text[32] = "";
    FILE *file = fopen(CONTROL, "r");
    if (file == NULL) return 0;
    if (fgets(text, sizeof text, file) == NULL) text[0] = 0;
    fclose(file);
    if (strcmp(text, "hang") != 0) return strcmp(text, "empty") == 0 ? ~0ul : strtoul(text, NULL, 16);
    usleep(5000);
  }
}

/* CKA_ENCRYPT and CKA_DECRYPT of the key. */
static void give_rights(word session, word key) {
  FILE *file = fopen(RIGHTS, "r");
  unsigned char may;
  struct {
    word type;
    void *value;
    word length;
  } template[2] = {{0x104, &may, 1}, {0x105, &may, 1}};
  if (file == NULL) return;
  may = fgetc(file) == '1';
  fclose(file);
  real->at[25](session, key, (word)template, 2, 0);
}

#define WRAP(place)                                                     \
  static word wrap##place(word a, word b, word c, word d, word e) {     \
    word value = fault();                                               \
    if (value == ~0ul) {                                                \
      if (place == 30 || place == 34) *(word *)e = 0;                   \
      return 0;                                                         \
    }                                                                   \
    if (value != 0) return value;                                       \
    if (place == 29 || place == 33) give_rights(a, c);                  \
    return real->at[place](a, b, c, d, e);                              \
  }
WRAP(29) /* C_EncryptInit */
WRAP(30) /* C_Encrypt */
WRAP(33) /* C_DecryptInit */
WRAP(34) /* C_Decrypt */

/* C_OpenSession, for writing: rights are attributes. */
static word wrap12(word a, word b, word c, word d, word e) {
  return real->at[12](a, b | 2, c, d, e);
}

word C_GetFunctionList(struct list **out) {
  void *library;
  word (*get)(struct list **);
  setenv("SOFTHSM2_CONF", CONFIGURATION, 1);
  library = dlopen(MODULE, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return 5;
  *(void **)&get = dlsym(library, "C_GetFunctionList");
  if (get == NULL || get(&real) != 0) return 5;
  shown = *real;
  shown.at[12] = wrap12;
  shown.at[29] = wrap29;
  shown.at[30] = wrap30;
  shown.at[33] = wrap33;
  shown.at[34] = wrap34;
  *out = &shown;
  return 0;
}

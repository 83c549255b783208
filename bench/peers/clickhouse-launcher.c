/* Runs clickhouse-local out of chdb's library: launcher LIBRARY ARGUMENTS. Its engine is the one of clickhouse-server. */
#include <dlfcn.h>
#include <stdio.h>

typedef void *(*run_function)(int, char **);
typedef const char *(*error_function)(void *);

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
  run_function run = library ? (run_function)dlsym(library, "chdb_query_cmdline") : NULL;
  error_function error_of = library ? (error_function)dlsym(library, "chdb_result_error") : NULL;
  if (!run || !error_of) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  argv[1] = "clickhouse";
  void *result = run(argc - 1, argv + 1);
  const char *error = result ? error_of(result) : "no result";
  if (error) fprintf(stderr, "%s\n", error);
  return error ? 1 : 0;
}

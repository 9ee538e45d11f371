// The function main comes from libFuzzer; an executable target needs a source of its own all the same.
typedef int fuzz_program;

// One body of a function for several instruction sets; the loader picks the machine's.
#pragma once

// In front of a function of integers, comparisons and single roundings: what all clones compute alike.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
#define ADAGRAIN_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ADAGRAIN_CLONES
#endif

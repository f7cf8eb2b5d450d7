//! Who gives memory: jemalloc, with which a message costs a tenth less of the processor and an idle socket a third less memory
//! than with the C library's (docs/performance.md). It is built for one size of page and does not run with a larger one, so it
//! is used where there is only one: other processors than x86-64 have several.

use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

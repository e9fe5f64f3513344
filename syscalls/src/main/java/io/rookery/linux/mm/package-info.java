/** Process memory above the address space: layout, brk, and where files prefer to be mapped. */
package io.rookery.linux.mm;

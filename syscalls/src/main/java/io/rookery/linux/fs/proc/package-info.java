/** procfs (proc(5)) and the part of sysfs that programs read. */
package io.rookery.linux.fs.proc;

/** The file systems: host directories, tmpfs, devtmpfs, devpts, procfs, sysfs and ext2. */
package io.rookery.linux.fs;

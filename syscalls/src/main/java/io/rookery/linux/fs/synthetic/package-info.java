/** File systems whose files are made up when they are looked at: the base of procfs and sysfs. */
package io.rookery.linux.fs.synthetic;

/** ext2 volumes in the tree of a guest. */
package io.rookery.linux.fs.disk;

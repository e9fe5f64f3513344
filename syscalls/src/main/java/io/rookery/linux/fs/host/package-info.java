/** Host directories that a guest may write to. */
package io.rookery.linux.fs.host;

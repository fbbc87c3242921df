/** The version of this package, as told to servers by CLIENT SETINFO. A test keeps it equal to package.json's. */
export const VERSION = '0.1.0';

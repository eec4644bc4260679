package io.sluice.examples.rolling;

/**
 * An option whose value is a whole number. It is read as text, so that every bad one gets the same kind of answer.
 *
 * @param name how the user writes it
 * @param least the smallest value that is allowed
 * @param most the largest one
 */
record NumberOption(String name, int least, int most) {
    int parse(String value) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException x) {
            // Not a number is answered like a number out of range.
        }
        throw new BadOption(name, value, least + " to " + most);
    }
}

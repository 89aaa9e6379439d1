"""What a child runs before it knows what it becomes, so that its first real script is its second."""


def repeat(word):
    return [f"{word}{number}" for number in range(3)]


print(repeat("a"), file=nowhere)

namespace ZeroCopySockets.Generator.Layout;

/// <summary>Everything a message is rejected for; one diagnostic each.</summary>
internal enum LayoutProblemKind
{
    NoByteOrder,
    ReferenceField,
    NotPartial,
    Generic,
    PlatformSizedField,
    UnsupportedType,
    ReadOnly,
    HiddenStorage,
    Empty,
    NestedWithoutAttribute,
    NestingCycle,
    BadPadCount,
    TooLarge,
    ReservedName,
    NotAccessible,
    ByteOrderOnNested,
    RefStruct,
    FieldsInSeveralParts,
    BadAlignment,
    NoBitOrder,
    BadBitCount,
    BitsNotWhole,
    MisplacedAttribute,
    BadLength,
    BadMagic,
    BadChecksum,
}
